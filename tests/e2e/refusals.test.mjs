/** What servers and networks answer instead of a stream, in real browsers: each is one clear error, or retried. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { useLab } from './support/lab.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
const lab = useLab();

const TICKS = 'subscription { ticks(everyMs: 5) { n } }';
const WAYS = {
  'eventsource, then fetch': { method: 'GET' },
  'fetch': { method: 'POST' },
};
const BACKOFF = { initialMs: 10, maxMs: 30 };
/** With these the breakers stay out of it. */
const PATIENT = { breaker: { window: 64, minCalls: 64 } };

inBrowsers(({ test }) => {
  for (const [way, options] of Object.entries(WAYS)) {
    const client = (more) => ({ url: server.graphql, backoff: BACKOFF, ...options, ...more });
    /** An EventSource is told neither status nor body: a fetch asks. */
    const requests = way === 'fetch' ? 1 : 2;

    for (const [status, code] of [[401, 'unauthorized'], [400, 'http']]) {
      test(`${way}: ${status} is one error that tells status and body`, async (t, newContext) => {
        const page = await fresh(newContext);
        await server.fault({ profile: 'status', status, times: 1000 });
        await page.start('a', client(), TICKS);
        const run = await page.shows('a', { state: 'closed', errors: (errors) => errors.length > 0 });
        const [error] = run.errors;
        assert.deepEqual([run.errors.length, run.completions, run.retries.length, run.operations], [1, 0, 0, 0]);
        assert.deepEqual([error.name, error.code, error.status, error.retryable], ['NetworkError', code, status, false]);
        assert.deepEqual([error.transport, error.errors.length], ['fetch', 1]);
        assert.equal(await settledRequests(page), requests);
        page.assertQuiet();
      });
    }

    test(`${way}: a server that flaps meets a set retryAttempts`, async (t, newContext) => {
      const page = await fresh(newContext);
      await server.fault({ profile: 'flap', events: 1 });
      // A ladder of one has nothing to do but wait while its breaker is open; of two, the first must not be back too soon.
      const breaker = way === 'fetch' ? { openMs: 200, maxOpenMs: 400 } : {};
      await page.start('a', client({ retryAttempts: 4, breaker }), TICKS);
      const run = await page.shows('a', { state: 'closed' });
      // EventSource has its three chances first: then its breaker is open, and what fails is the whole ladder.
      const retries = way === 'fetch' ? 4 : 7;
      assert.deepEqual([run.errors.length, run.completions, run.retries.length], [1, 0, retries]);
      const [{ code, cause }] = run.errors;
      assert.deepEqual([code, cause], ['retries-exhausted', 'cut']);
      // Chromium drops what it has read when a reset comes right behind it: that is a gap, and told as one.
      assert.ok(run.results.length >= 1 && run.results.length <= retries + 1, `${run.results.length} results`);
      assert.deepEqual(new Set(run.gaps), new Set(['reconnect']));
      const count = await settledRequests(page);
      assert.equal(count, retries + 1);
      page.assertQuiet();
    });

    test(`${way}: a captive portal is retried, and is one error when retryAttempts is spent`, async (t, newContext) => {
      const page = await fresh(newContext);
      await server.fault({ profile: 'portal', times: 1000 });
      await page.start('a', client({ retryAttempts: 3, ...PATIENT }), TICKS);
      const run = await page.shows('a', { state: 'closed' });
      assert.deepEqual([run.errors.length, run.completions, run.results.length], [1, 0, 0]);
      const [{ code, cause, status }] = run.errors;
      assert.deepEqual([code, cause, status], ['retries-exhausted', 'content-type', 200]);
      assert.deepEqual(run.retries.map((retry) => retry.code), ['content-type', 'content-type', 'content-type']);
      assert.equal(await settledRequests(page), 4 * requests);
      page.assertQuiet();
    });

    test(`${way}: 503 with Retry-After is waited for, and then it streams`, async (t, newContext) => {
      const page = await fresh(newContext);
      await server.fault({ profile: 'status', status: 503, retryAfter: '1', times: requests });
      const began = performance.now();
      await page.start('a', client(), TICKS);
      const run = await page.shows('a', { state: 'live', results: (results) => results.length > 0 });
      assert.ok(performance.now() - began >= 1_000, 'it waited');
      assert.deepEqual([run.errors, run.gaps], [[], []]);
      const [{ delayMs, status }] = run.retries;
      assert.deepEqual([run.retries.length, status], [1, 503]);
      assert.ok(delayMs >= 1_000, `${delayMs} ms, though the server asked for 1 s`);
      page.assertQuiet();
    });
  }

  for (const transports of [['eventsource'], ['eventsource', 'fetch']]) {
    test(`${transports.join(', ')}: when it fails before it opened, the fetch that asks why becomes the connection`, async (t, newContext) => {
      const page = await fresh(newContext);
      await server.fault({ profile: 'status', status: 503, times: 1 });
      await page.start('a', { url: server.graphql, method: 'GET', backoff: BACKOFF, transports }, TICKS);
      const run = await page.shows('a', { state: 'live', results: (results) => results.length > 3 });
      assert.deepEqual([run.transports, run.errors, run.gaps, run.attempts], [['fetch'], [], [], 2]);
      const { http, sse } = await server.stats();
      assert.deepEqual([http.requests, sse.opened, sse.live], [2, 1, 1]);
      page.assertQuiet();
    });
  }

  test('a server that is not there is retried, with growing waits', async (t, newContext) => {
    const page = await fresh(newContext);
    const nowhere = 'http://127.0.0.1:9/graphql'; // a port that browsers refuse by themselves, and nobody listens on
    await page.start('a', { url: nowhere, backoff: { initialMs: 4, factor: 2, maxMs: 1000 }, retryAttempts: 5, ...PATIENT }, TICKS);
    const { errors, retries } = await page.shows('a', { state: 'closed' });
    assert.deepEqual([errors.length, errors[0].code, errors[0].cause], [1, 'retries-exhausted', 'network']);
    assert.equal(retries.length, 5);
    for (const [n, { delayMs }] of retries.entries()) assert.ok(delayMs <= 4 * 2 ** n, `wait ${n}: ${delayMs} ms`);
  });
}, { longIn: ['firefox'] });

/** How many requests there were, after one more round trip has shown that no other is on its way. */
async function settledRequests(page) {
  const { http } = await server.stats();
  await page.page.evaluate((url) => fetch(`${url}/stats`).then((response) => response.text()), server.url);
  assert.equal((await server.stats()).http.requests, http.requests, 'no request after the end');
  return http.requests;
}

async function fresh(newContext) {
  await server.fresh();
  return lab.open(newContext);
}
