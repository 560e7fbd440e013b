/** The package in a page of its own, on another origin than the server's: results, completion, dispose. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { eventually } from './support/eventually.mjs';
import { useLab } from './support/lab.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
const lab = useLab();

const TICKS = 'subscription { ticks(everyMs: 5) { n } }';
const WAYS = {
  'eventsource': { method: 'GET', transports: ['eventsource'] },
  'fetch by GET': { method: 'GET', transports: ['fetch'] },
  'fetch by POST': {},
};
const BACKOFF = { initialMs: 20, maxMs: 50 };
const ns = (results) => results.map(({ data }) => data.ticks.n);

inBrowsers(({ test }) => {
  for (const [way, options] of Object.entries(WAYS)) {
    const client = () => ({ url: server.graphql, backoff: BACKOFF, ...options });
    const transport = way.split(' ')[0];

    test(`${way}: results in order, then complete`, async (t, newContext) => {
      const page = await fresh(newContext);
      await page.start('a', client(), 'subscription { ticks(everyMs: 1, bytes: 3000, count: 20) { n padding } }');
      const { results, ...run } = await page.shows('a', { completions: 1, state: 'closed' });
      const { errors, retries, gaps, transports, operations } = run;
      assert.deepEqual([errors, retries, gaps, transports, operations], [[], [], [], [transport], 0]);
      const first = ns(results)[0];
      assert.deepEqual(ns(results), Array.from({ length: 20 }, (_, index) => first + index));
      assert.deepEqual(new Set(results.map(({ data }) => data.ticks.padding.length)), new Set([3000]));
      await eventually(() => server.stats(), { sse: { opened: 1, live: 0 } });
      page.assertQuiet();
    });

    test(`${way}: a cut, and a clean end without complete, are not completion`, async (t, newContext) => {
      const page = await fresh(newContext);
      await page.start('a', client(), TICKS);
      for (const [count, profile] of ['cut', 'clean-end'].entries()) {
        await page.shows('a', { state: 'live', connected: count + 1, results: (results) => results.length > 0 });
        const { results } = await page.look('a');
        await server.fault({ profile });
        await page.shows('a', { connected: count + 2, results: (now) => now.length > results.length + 1 });
      }
      const run = await page.look('a');
      assert.deepEqual([run.completions, run.errors, run.gaps], [0, [], ['reconnect', 'reconnect']]);
      assert.deepEqual(run.retries.map(({ code }) => code), ['cut', 'cut']);
      assert.deepEqual(run.transports, [transport, transport, transport]);
      assert.equal((await server.stats()).sse.opened, 3);
      page.assertQuiet();
    });

    test(`${way}: dispose frees the server's connection, of the operation and of the client`, async (t, newContext) => {
      const page = await fresh(newContext);
      await page.call('create', 'a', client());
      for (const name of ['one', 'two', 'three']) await page.call('subscribe', name, TICKS, 'a');
      await eventually(() => server.stats(), { sse: { live: 3 }, operations: { live: 3 } });
      await page.call('dispose', 'one');
      await eventually(() => server.stats(), { sse: { live: 2 }, operations: { live: 2 } });
      await page.call('disposeClient', 'a');
      await eventually(() => server.stats(), { sse: { live: 0, opened: 3 }, operations: { live: 0 } });
      for (const name of ['one', 'two', 'three']) {
        const { completions, errors, state } = await page.look(name);
        assert.deepEqual([completions, errors, state], [1, [], 'closed']);
      }
      page.assertQuiet();
    });
  }

  test('reconnect replaces the connection, and a page that is left frees it', async (t, newContext) => {
    const page = await fresh(newContext);
    await page.start('a', { url: server.graphql, method: 'GET' }, TICKS);
    await page.shows('a', { state: 'live' });
    await page.call('reconnect', 'a');
    await page.shows('a', { state: 'live', connected: 2 });
    await eventually(() => server.stats(), { sse: { opened: 2, live: 1 } });
    await page.page.close();
    await eventually(() => server.stats(), { sse: { opened: 2, live: 0 } });
  });
});

async function fresh(newContext) {
  await server.fresh();
  return lab.open(newContext);
}
