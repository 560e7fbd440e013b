/** The page keeps its size, whatever is in it. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { conversation } from './support/conversation.mjs';
import { overflow } from './support/look.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();

inBrowsers(({ test }) => {
  test('on a desk the page itself does not scroll: its parts do', async (t, newContext) => {
    const { page } = await conversation(server, newContext, { viewport: { width: 1280, height: 800 } });
    assert.equal(await page.evaluate(() => document.documentElement.scrollHeight), 800);
  });

  test('a word without an end, in the message box and as a name, widens nothing', async (t, newContext) => {
    const { page } = await conversation(server, newContext, { viewport: { width: 360, height: 740 } });
    await page.getByTestId('author').fill('W'.repeat(64));
    await page.getByTestId('message-input').fill('x'.repeat(300));
    assert.deepEqual(await overflow(page), { scrollsBy: 0, outside: [] });
  });
});
