/** The server goes away and comes back: the page says so, and is well again. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { BROKEN } from './support/complaints.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
/** Waiting for the next attempt, or for a breaker to let one through. */
const COUNTDOWN = /^(?:reconnecting|every transport keeps failing; one is tried) in (?:\d+ min )?\d+ s \(attempt (\d+)\)$/;
const away = (state) => state === 'waiting' || state === 'suspended';
const attempt = (words) => Number(COUNTDOWN.exec(words)[1]);

inBrowsers(({ test }) => {
  for (const transport of ['eventsource', 'fetch']) {
    test(`by ${transport}: a countdown and the attempt's number while it is away, then live again`, async (t, newContext) => {
      const page = await open(newContext, transport);
      await page.say('before');
      await page.showsWhole(1);
      await server.stop();
      t.after(() => server.start().catch(() => {})); // for the next test, if this one breaks
      const { words } = await page.shows({ state: away, words: COUNTDOWN });
      const later = (now) => COUNTDOWN.test(now) && attempt(now) > attempt(words);
      await page.shows({ state: away, words: later, notice: /The chat server does not answer/ });
      await server.start();
      await page.shows({ state: 'live', transport, notice: '' }, 25_000);
      // The new server counts its messages from the beginning.
      await page.say('after');
      await page.shows({ ids: [1], texts: ['after'], received: 2, duplicated: 0, lost: 0 });
      page.assertQuiet(BROKEN);
      assert.equal((await server.stats()).sse.live, 1);
    });
  }

  test('a page that begins while it is away waits for it, and the button ends that wait', async (t, newContext) => {
    const page = await open(newContext, 'fetch');
    await server.stop();
    t.after(() => server.start().catch(() => {}));
    await page.page.locator('#pin').getByText('WebSocket').click();
    await page.shows({ state: 'waiting', transport: 'none', words: COUNTDOWN, notice: /does not answer/ });
    await page.shows({ words: /in (8|9|10) s/ });
    await server.start();
    await page.press('reconnect');
    await page.shows({ state: 'live', transport: 'websocket', notice: '' }, 5_000);
    page.assertQuiet(BROKEN);
  });

  test('the button does not wait for the countdown; a text that cannot be sent stays', async (t, newContext) => {
    const page = await open(newContext, 'fetch');
    await server.stop();
    t.after(() => server.start().catch(() => {}));
    await page.shows({ state: away, words: COUNTDOWN });
    await page.test('message-input').fill('not to be lost');
    await page.press('send');
    await page.test('send-error').filter({ hasText: /^The connection broke before the answer/ }).waitFor();
    assert.equal(await page.test('message-input').inputValue(), 'not to be lost');
    await server.start();
    const connected = page.connected(2);
    await page.press('reconnect').catch(() => {}); // it may have come back by itself just now
    await connected;
    await page.press('send');
    await page.showsWhole(1, { texts: ['not to be lost'] });
  });
}, { longIn: ['firefox'] });

async function open(newContext, transport) {
  await server.fresh();
  return ChatPage.open(await newContext(), server.url, { transport });
}
