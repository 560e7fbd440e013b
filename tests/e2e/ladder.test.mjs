/** The page's ladder: EventSource, fetch where EventSource does not come through, WebSocket where no stream does. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { BROKEN } from './support/complaints.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();

/** The client's longest wait between two rounds, and time to connect. */
const LONGEST_WAIT_MS = 30_000 + 5_000;

inBrowsers(({ test }) => {
  test('an EventSource that is refused makes place for a fetch, and the messages go on', async (t, newContext) => {
    const page = await open(newContext);
    await page.shows({ transport: 'eventsource' });
    await server.fault({ profile: 'status', status: 503, times: 1 });
    await server.fault({ profile: 'cut' });
    await server.send('while it was away');
    await page.connected(2);
    await page.showsWhole(1, { transport: 'fetch' });
    await page.say('by fetch');
    await page.showsWhole(2);
    page.assertQuiet(BROKEN);
    assert.equal((await server.stats()).sse.opened, 2, 'the fetch that asked is the connection');
  });

  test('a captive portal twice, and a server that refuses for a while: the page comes back by itself', async (t, newContext) => {
    const page = await open(newContext);
    await server.fault({ profile: 'portal', times: 2 });
    await server.fault({ profile: 'cut' });
    await server.send('behind a portal');
    await page.connected(2);
    await page.showsWhole(1);
    await server.fault({ profile: 'status', status: 503, times: 1000, on: 'all' });
    await server.fault({ profile: 'cut', on: 'all' });
    await page.shows({ notice: /does not answer/ });
    await server.fault({ profile: 'none' });
    await server.send('behind a refusal');
    await page.connected(3, LONGEST_WAIT_MS);
    await page.showsWhole(2, { notice: '' });
    page.assertQuiet(BROKEN);
  });

  test('a refusal for good is told, and no more is tried until one asks for it', async (t, newContext) => {
    const page = await open(newContext);
    await server.fault({ profile: 'status', status: 401, times: 1000 });
    await server.fault({ profile: 'cut' });
    await page.shows({ state: 'closed', transport: 'none', notice: /not tried again.*unauthorized/ });
    await server.fault({ profile: 'none' });
    await server.send('while nobody listened');
    await page.page.getByRole('button', { name: 'Connect again' }).click();
    await page.showsWhole(1, { state: 'live', notice: '' });
    page.assertQuiet(BROKEN);
  });

  test('the switch moves a running chat from transport to transport', async (t, newContext) => {
    const page = await open(newContext);
    const steps = [['Fetch', 'fetch'], ['EventSource', 'eventsource'], ['WebSocket', 'websocket'], ['Auto', 'eventsource'], ['Fetch', 'fetch']];
    for (const [index, [label, transport]] of steps.entries()) {
      await page.page.locator('#pin').getByText(label, { exact: true }).click();
      await page.connected(index + 2);
      await page.shows({ transport });
      await page.say(`by ${label}`);
      await page.showsWhole(index + 1);
    }
    assert.match(page.page.url(), /#transport=fetch$/);
    const { sse, ws } = await server.stats();
    assert.deepEqual([sse.opened, sse.live, ws.opened, ws.live], [steps.length, 1, 1, 0]);
  });

  test('a link carries the switch', async (t, newContext) => {
    await server.fresh();
    const page = await ChatPage.open(await newContext(), server.url, { transport: 'fetch' });
    await page.shows({ transport: 'fetch' });
    assert.equal(await page.test('pin-fetch').isChecked(), true);
  });
});

async function open(newContext) {
  await server.fresh();
  return ChatPage.open(await newContext(), server.url);
}
