/** The module itself fails in a browser: everything on it ends with `internal`, and the next client works. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { eventually } from './support/eventually.mjs';
import { useLab } from './support/lab.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
/** The variant in .cache/variants traps on an event of this name. */
const lab = useLab({ onStream: (response) => response.write('event: lifeline-panic\ndata: {}\n\n') });

const TICKS = 'subscription { ticks(everyMs: 5) { n } }';
const VARIANT = '/trapping.js';

inBrowsers(({ test }) => {
  test('every client on the module that trapped gets internal, once; its connections are freed', async (t, newContext) => {
    await server.fresh();
    const page = await lab.open(newContext);
    await page.start('byFetch', { url: server.graphql }, TICKS, VARIANT);
    await page.start('byEventSource', { url: server.graphql, method: 'GET' }, TICKS, VARIANT);
    for (const name of ['byFetch', 'byEventSource']) await page.shows(name, { state: 'live', results: (results) => results.length > 0 });
    await page.start('trapping', { url: lab.graphql }, TICKS, VARIANT);
    for (const name of ['trapping', 'byFetch', 'byEventSource']) {
      const run = await page.shows(name, { state: 'closed', clientState: 'closed' });
      assert.deepEqual([run.completions, run.errors.length, run.retries, run.operations], [0, 1, [], 0]);
      const [{ code, retryable, cause }] = run.errors;
      assert.deepEqual([code, retryable, cause], ['internal', false, 'RuntimeError']);
    }
    await allFreed();
    await page.start('next', { url: server.graphql, method: 'GET' }, 'subscription { ticks(everyMs: 1, count: 5) { n } }', VARIANT);
    const next = await page.shows('next', { completions: 1 });
    assert.deepEqual([next.errors, next.results.length], [[], 5]);
    const uncaught = page.complaints.items.filter((item) => item.startsWith('uncaught'));
    assert.deepEqual(uncaught, []);
  });

  test('it may trap again and again', async (t, newContext) => {
    await server.fresh();
    const page = await lab.open(newContext);
    for (let round = 0; round < 10; round++) {
      await page.start(`well ${round}`, { url: server.graphql }, TICKS, VARIANT);
      await page.shows(`well ${round}`, { state: 'live' });
      await page.start(`trapping ${round}`, { url: lab.graphql }, TICKS, VARIANT);
      for (const name of [`well ${round}`, `trapping ${round}`]) await page.shows(name, { errors: ([error]) => error?.code === 'internal' });
    }
    await allFreed();
  });
});

async function allFreed() {
  await eventually(() => server.stats(), { sse: { live: 0 }, operations: { live: 0 } });
}
