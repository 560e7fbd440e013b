/** Hundreds of operations, and in the long run thousands, leave no connection on the server. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { eventually } from './support/eventually.mjs';
import { useLab } from './support/lab.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
const lab = useLab();

const TICKS = 'subscription { ticks(everyMs: 1) { n } }';
/** A browser has six connections to a server over HTTP/1.1. */
const ABREAST = 5;
/** So many take half a minute where others use the machine as well. */
const TEST_MS = 120_000;
const MANY = { chromium: { eventsource: 500, fetch: 1500 }, firefox: { eventsource: 250, fetch: 250 } };
/** More than any number of connections, slots or timers that could run out. */
const SOME = 100;

inBrowsers(({ name, test }) => {
  const counts = Object.entries(MANY[name]).flatMap(([transport, many]) => [[transport, SOME], [transport, many]]);
  for (const [transport, count] of counts) {
    test(`${count} operations by ${transport}`, async (t, newContext) => {
      await server.fresh();
      const page = await lab.open(newContext);
      await page.call('create', 'a', { url: server.graphql, method: 'GET', transports: [transport] });
      const began = performance.now();
      const report = await page.call('cycles', 'a', TICKS, count, ABREAST);
      t.diagnostic(`${((performance.now() - began) / count).toFixed(1)} ms each`);
      assert.deepEqual(report, { completions: count, errors: [], operations: 0 });
      const { sse } = await eventually(() => server.stats(), { sse: { live: 0 }, operations: { live: 0 } });
      assert.ok(sse.opened >= count / 2, `${sse.opened} were opened`);
      // The browser has all its connections again.
      await page.call('subscribe', 'last', 'subscription { ticks(everyMs: 1, count: 3) { n } }', 'a');
      await page.shows('last', { completions: 1 });
      page.assertQuiet();
    }, { timeout: TEST_MS, long: count > SOME });
  }
});
