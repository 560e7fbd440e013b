/** The list of messages follows the talk, unless the reader is elsewhere. */

import { inBrowsers } from './support/browsers.mjs';
import { conversation } from './support/conversation.mjs';
import { eventually } from './support/eventually.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
const KEYBOARD = { width: 360, height: 480 }; // what a phone's keyboard leaves of it

inBrowsers(({ test }) => {
  test('the newest message is in sight, and stays there when the window gets smaller', async (t, newContext) => {
    const { page } = await conversation(server, newContext, { viewport: DESKTOP });
    for (const size of [DESKTOP, PHONE, KEYBOARD, DESKTOP]) {
      await page.setViewportSize(size);
      await eventually(() => lastInSight(page), true);
    }
  });

  test('it stays in sight when the size changes right behind a scroll, as while a window is drawn narrower', async (t, newContext) => {
    const { page } = await conversation(server, newContext, { viewport: DESKTOP });
    await eventually(() => lastInSight(page), true);
    await page.evaluate(() => {
      document.querySelector('[role="log"]').scrollTop -= 10; // still near the end
      document.body.style.width = '600px';
    });
    await eventually(() => lastInSight(page), true, 3_000);
  });

  test('who reads further up is not pulled down, but told', async (t, newContext) => {
    const { page } = await conversation(server, newContext, { viewport: PHONE });
    const messages = page.getByRole('log', { name: 'Messages' });
    await messages.evaluate((element) => (element.scrollTop = 0));
    await server.send('news');
    await page.getByRole('button', { name: /^1 new message/ }).click();
    await eventually(() => lastInSight(page), true);
  });
});

function lastInSight(page) {
  return page.evaluate(() => {
    const last = [...document.querySelectorAll('[data-testid="message"]')].at(-1).getBoundingClientRect();
    const box = document.querySelector('[role="log"]').getBoundingClientRect();
    return last.bottom <= box.bottom + 1 && last.bottom > box.top;
  });
}
