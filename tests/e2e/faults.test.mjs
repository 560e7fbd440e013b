/** Each button breaks the server in its way, and the page is whole again when that is ended. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { BROKEN } from './support/complaints.mjs';
import { eventually } from './support/eventually.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
/** Breakers and audits take their time. */
const RECOVERY_MS = 40_000;
const TEST_MS = 70_000;
/** It left `live`. The log keeps that: the state itself may be `live` again before anybody looks. */
const AWAY = { log: (log) => log.some(({ kind, text }) => kind === 'state' && text.startsWith('live → ') && !text.endsWith('suspect')) };

/** Over what large-crash takes. */
const LARGE = 'x'.repeat(3000);

/** What the server's statistics say, if not the profile's name; what the page shows while it lasts. */
const FAULTS = {
  'cut': { stats: { sse: { cut: 1 } } },
  'cut-next': { stats: { profile: 'cut' }, counted: 'cut' },
  'clean-end': { stats: { sse: { ended: 1 } } },
  'flap': { reopens: true },
  'large-crash': {},
  'stall': {},
  'stall-source': { shows: { gaps: (gaps) => gaps.some(({ reason }) => reason === 'audit') } },
  'half-open': { shows: AWAY },
  'hold': { shows: AWAY, isDeaf: true },
  'headers-only': {},
  'status-401': { shows: { state: 'closed', notice: /not tried again.*unauthorized/ }, isFinal: true },
  'status-429': { shows: AWAY },
  'status-503': { shows: AWAY },
  'token-expires': { shows: { state: 'closed', notice: /not tried again.*unauthorized/ }, isFinal: true },
  'balancer': { isUnnoticed: true },
  'portal': { shows: AWAY },
  'replay': {},
  'reorder': {},
  'drop': { shows: { gaps: (gaps) => gaps.some(({ reason }) => reason === 'audit') } },
  'slow': {},
  'buffer': {},
  'ws-down': { transport: 'websocket', shows: AWAY },
  'all-down': { shows: AWAY, isDeaf: true },
  'script': { stats: { script: { steps: 6 } } },
};

inBrowsers(({ name: browser, test }) => {
  test('there is a button for each of them', async (t, newContext) => {
    const page = await open(newContext);
    const buttons = await page.page.locator('#fault-buttons button').evaluateAll((all) => all.map(({ dataset }) => dataset.testid));
    assert.deepEqual([...buttons].sort(), Object.keys(FAULTS).map((name) => `fault-${name}`).sort());
    const { faults } = await server.stats();
    // The chat asks for no segments, so that nothing would befall it.
    const missing = Object.keys(faults).filter((profile) => !(profile in FAULTS) && !profile.startsWith('segment-'));
    // What befalls one operation among others, or a server that never streams, has its tests in tests/resilience.
    assert.deepEqual(missing.sort(), ['closes', 'no-stream', 'status', 'throws'], 'each other profile of the server has one, and any status three');
  });

  for (const [name, { stats = { profile: name }, counted = name, reopens, shows, transport, isFinal, isDeaf, isUnnoticed }] of Object.entries(FAULTS)) {
    test(`${name}: ordered by its button, and got over`, async (t, newContext) => {
      const page = await open(newContext, transport);
      for (let n = 1; n <= 3; n++) await server.send(`before ${n}`);
      await page.showsWhole(3);
      await page.press(`fault-${name}`);
      await eventually(() => server.stats(), stats);
      if (reopens) await page.connected(2); // new streams alone break, behind a message
      // Nothing can be sent to a server that is down.
      const sent = isDeaf ? 0 : 4;
      for (let n = 1; n <= sent; n++) await server.send(n === 1 ? LARGE : `meanwhile ${n}`);
      if (!isUnnoticed) await eventually(() => server.stats(), { faults: { [counted]: (times) => times > 0 } });
      if (shows) await page.shows(shows);
      await page.press('fault-none');
      await eventually(() => server.stats(), { profile: 'none' });
      if (isFinal) await page.press('reconnect');
      await page.shows({ fault: 'none', state: 'live', ids: (ids) => ids.length === 3 + sent }, RECOVERY_MS);
      await server.send('after');
      await page.shows({ received: 4 + sent }, RECOVERY_MS);
      await page.showsWhole(4 + sent, { state: 'live' });
      page.assertQuiet(BROKEN);
      // What the client makes of each fault is proved in both browsers by tests/resilience; here it is the page's part.
    }, { timeout: TEST_MS, long: browser === 'firefox' });
  }

  test('they befall whom one chooses', async (t, newContext) => {
    const page = await open(newContext, 'websocket');
    await page.press('fault-cut');
    await page.shows({ log: (log) => log.some(({ text }) => /"on":"sse".*"cut":0/.test(text)) });
    await page.test('fault-on').selectOption('all');
    await page.press('fault-cut');
    await eventually(() => server.stats(), { ws: { opened: 2, live: 1, cut: 1 } });
    await page.connected(2);
    page.assertQuiet(BROKEN);
  });
});

async function open(newContext, transport) {
  await server.fresh();
  return ChatPage.open(await newContext(), server.url, { transport });
}
