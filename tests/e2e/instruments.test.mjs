/** Ladder, breakers and watchdog stand on the page as the client has them. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { BROKEN } from './support/complaints.mjs';
import { eventually } from './support/eventually.mjs';
import { useServer } from './support/server.mjs';

/** A rhythm that a watchdog can learn within a test. */
const server = useServer({ args: ['--heartbeat-ms', '1000'] });
/** More heartbeats than it takes. */
const RHYTHM = 5;

inBrowsers(({ test }) => {
  test('the ladder shows what the snapshot says', async (t, newContext) => {
    const page = await open(newContext);
    await assertAsSnapshot(page, { eventsource: 'closed', fetch: 'closed', websocket: 'closed' });
    await page.shows({ rungs: ['eventsource: live', 'fetch: idle', 'websocket: idle'] });
    // Each cut befalls a connection that is too young to be healthy.
    for (let n = 1; n <= 3; n++) {
      await page.connected(n);
      await server.fault({ profile: 'cut' });
    }
    await page.connected(4);
    await page.shows({ transport: 'fetch', breakers: { eventsource: 'open' }, rungs: ['eventsource: idle', 'fetch: live', 'websocket: idle'] });
    await assertAsSnapshot(page, { eventsource: 'open', fetch: 'closed', websocket: 'closed' });
    page.assertQuiet(BROKEN);
  });

  test('a breaker is opened and closed by hand', async (t, newContext) => {
    const page = await open(newContext);
    const press = (name) => page.page.getByRole('button', { name }).click();
    await press('Isolate EventSource');
    await page.shows({ breakers: { eventsource: 'open' } });
    await page.shows({ rungs: ['eventsource: live', 'fetch: idle', 'websocket: idle'] }); // what lives may go on
    await page.press('fault-cut');
    await page.connected(2);
    await page.shows({ transport: 'fetch' });
    await page.test('ladder').getByText('left alone until it is reset').waitFor();
    await press('Reset EventSource');
    await page.shows({ transport: 'eventsource', breakers: { eventsource: 'closed' } });
    for (const name of ['Isolate EventSource', 'Isolate fetch', 'Isolate WebSocket']) await press(name);
    await page.press('fault-cut');
    await page.shows({ state: 'suspended', words: /until its breaker is reset/ });
    await press('Reset WebSocket');
    await page.shows({ state: 'live', transport: 'websocket', rungs: ['eventsource: idle', 'fetch: idle', 'websocket: live'] });
    page.assertQuiet(BROKEN);
  });

  test('silence is suspect, then stalled, and the connection replaced', async (t, newContext) => {
    const page = await open(newContext, 'fetch');
    await page.shows({ watchdog: 'alive' });
    const { sse } = await server.stats();
    assert.equal(sse.live, 1);
    await eventually(() => server.stats(), { heartbeats: (sent) => sent >= RHYTHM });
    await page.press('fault-stall');
    await page.shows({ state: 'suspect', watchdog: 'suspect' });
    // `stalled` is shown until the next connection is open, which may be at once.
    await page.shows({ gaps: (gaps) => gaps.some(({ reason }) => reason === 'stalled') }, 30_000);
    await page.press('fault-none');
    // What was connected while the fault was in force stays silent.
    await page.page.evaluate(() => globalThis.lifeline.reconnect());
    await page.connected(3);
    await server.send('heard again');
    await page.showsWhole(1, { state: 'live', watchdog: 'alive' });
    page.assertQuiet(BROKEN);
  }, { timeout: 60_000 });
}, { longIn: ['firefox'] });

async function assertAsSnapshot(page, breakers) {
  const { snapshot, shown } = await page.page.evaluate(() => {
    const all = globalThis.lifeline.snapshot();
    const texts = [...document.querySelectorAll('[data-testid^="breaker-"]')].map(({ dataset, textContent }) => [dataset.testid.slice('breaker-'.length), textContent]);
    return { snapshot: Object.entries(all.breakers).map(([name, { state }]) => [name, state]), shown: texts };
  });
  assert.deepEqual(Object.fromEntries(shown), breakers);
  assert.deepEqual(Object.fromEntries(snapshot), breakers);
}

async function open(newContext, transport) {
  await server.fresh();
  return ChatPage.open(await newContext(), server.url, { transport });
}
