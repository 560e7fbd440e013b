/** Results in a browser, over both transports, from a server on another origin. */

import assert from 'node:assert/strict';
import { event } from '../js/support/http.mjs';
import { inBrowsers } from './support-client/pages.mjs';
import { script, useDemoServer } from './support-client/servers.mjs';
import { result, SUBSCRIPTION, WAYS } from './support-client/ways.mjs';

const server = useDemoServer();
const FIVE = 'subscription { ticks(everyMs: 1, count: 5) { n } }';
const WORDS = 'Grüße, 漢字, 👩‍👩‍👧 und 𝄞';

inBrowsers(({ test }) => {
  for (const { way, transport, options } of WAYS) {
    test(`${way}: results in order, then complete, and the transport is told`, async (t, page) => {
      await server.fresh();
      await page.start('a', { url: server.url, ...options }, FIVE);
      const run = await page.until('a', { completions: 1 });
      const numbers = run.results.map(({ data }) => data.ticks.n);
      assert.deepEqual(numbers, Array.from({ length: 5 }, (_, i) => numbers[0] + i));
      assert.deepEqual([run.transports, run.errors, run.retries, run.gaps], [[transport], [], [], []]);
      assert.deepEqual([run.state, run.client.operations, run.client.counters.results], ['closed', 0, 5]);
      const { sse } = await server.live(0);
      assert.equal(sse.opened, 1);
      assert.deepEqual(page.uncaught, []);
    });

    test(`${way}: named events next and complete, an unknown one between them, and complete's data may be empty`, async (t, page) => {
      const scripted = await script(t, (exchange) => {
        exchange.stream().next(result(1)).write(event('announcement', 'x')).next(result(2)).complete();
      });
      await page.start('a', { url: scripted.url, ...options }, SUBSCRIPTION);
      const run = await page.until('a', { completions: 1 });
      assert.deepEqual([run.results, run.errors, run.transports], [[result(1), result(2)], [], [transport]]);
      assert.equal(scripted.exchanges.length, 1);
      assert.match(scripted.exchanges[0].headers.accept, /text\/event-stream/);
      assert.equal(scripted.exchanges[0].method, options.method);
    });

    test(`${way}: UTF-8 cut at every byte`, async (t, page) => {
      const scripted = await script(t, async (exchange) => {
        exchange.stream().response.socket.setNoDelay(true);
        for (const byte of Buffer.from(event('next', JSON.stringify({ data: { text: WORDS } })))) await write(exchange, Buffer.of(byte));
        exchange.complete();
      });
      await page.start('a', { url: scripted.url, ...options }, 'subscription { text }');
      const run = await page.until('a', { completions: 1 });
      assert.deepEqual([run.results, run.errors], [[{ data: { text: WORDS } }], []]);
    });

    test(`${way}: a mutation's message comes back by the subscription, with its letters`, async (t, page) => {
      await server.fresh();
      await page.start('a', { url: server.url, ...options }, 'subscription { messages { author text } }');
      await page.until('a', { state: 'live' });
      const query = 'mutation ($text: String!) { send(author: "Zoë", text: $text) { text } }';
      const sent = await page.call('execute', 'a', { query, variables: { text: WORDS } });
      assert.deepEqual(sent, { data: { send: { text: WORDS } } });
      const { results } = await page.until('a', { results: 1 });
      assert.deepEqual(results, [{ data: { messages: { author: 'Zoë', text: WORDS } } }]);
    });
  }

  test('the plain dialect: unnamed events, over both transports', async (t, page) => {
    await server.fresh();
    const url = `${server.url}?dialect=plain`;
    for (const transport of ['eventsource', 'fetch']) {
      await page.start(transport, { url, dialect: 'plain', transports: [transport] }, 'subscription { ticks(everyMs: 1) { n } }');
      const run = await page.until(transport, { results: 3 });
      assert.deepEqual([run.transports, run.errors, run.completions], [[transport], [], []]);
      await page.call('dispose', transport);
    }
    await server.live(0);
  });

  test('by default: GET goes by eventsource, POST and GET with headers go by fetch', async (t, page) => {
    await server.fresh();
    const cases = [[{ method: 'GET' }, 'eventsource'], [{}, 'fetch'], [{ method: 'GET', headers: { 'x-test': '1' } }, 'fetch']];
    for (const [index, [options, transport]] of cases.entries()) {
      await page.start(`${index}`, { url: server.url, ...options }, FIVE);
      const run = await page.until(`${index}`, { completions: 1 });
      assert.deepEqual([run.transports, run.errors, run.results.length], [[transport], [], 5]);
    }
  });
});

/** Resolves when the bytes are with the operating system, in a chunk of their own. */
async function write({ response }, bytes) {
  await new Promise((resolve) => response.write(bytes, resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
