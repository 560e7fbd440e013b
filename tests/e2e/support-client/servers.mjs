/** Servers on other origins than the page's: the demo and fault server, and scripted ones. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startServer } from '../../../scripts/lib/server.mjs';
import { serve } from '../../js/support/http.mjs';
import { Log, poll } from '../../js/support/notices.mjs';

const START_MS = 120_000; // in case it has to be compiled

/** One demo server for all tests of a file. */
export function useDemoServer() {
  const server = new DemoServer();
  before(() => server.start(), { timeout: START_MS });
  after(() => server.stop());
  return server;
}

class DemoServer {
  #running;

  async start() {
    this.#running = await startServer();
  }

  async stop() {
    await this.#running?.stop();
  }

  get url() {
    return `${this.#running.url}/graphql`;
  }

  /** No faults, no connections, counters at zero. */
  async fresh() {
    await this.fault({ profile: 'none' });
    await this.live(0);
    await this.#ask('/reset', { method: 'POST' });
  }

  async fault(order) {
    const response = await this.#ask('/faults', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) });
    return response.json();
  }

  async stats() {
    const response = await this.#ask('/stats');
    return response.json();
  }

  /** Resolves with the counters when so many streams and operations are live. */
  async live(count) {
    let last;
    await poll(async () => {
      last = await this.stats();
      return last.sse.live === count && last.operations.live === count;
    }).catch((error) => assert.fail(`${error.message}, waiting for ${count} live: ${JSON.stringify(last)}`));
    return last;
  }

  async #ask(path, init = {}) {
    const response = await fetch(new URL(path, this.url), { ...init, signal: AbortSignal.timeout(10_000) });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response;
  }
}

/** A scripted server that any page may ask. `handle` gets each exchange but preflights, and its number from 0. */
export async function script(t, handle) {
  const exchanges = new Log();
  const { url } = await serve(t, (exchange) => {
    const { response, headers } = exchange;
    response.setHeader('access-control-allow-origin', headers.origin ?? '*');
    response.setHeader('access-control-allow-headers', 'content-type');
    if (exchange.method === 'OPTIONS') return exchange.answer(204);
    const number = exchanges.items.length;
    exchanges.add(exchange);
    return handle(exchange, number);
  });
  return { url, exchanges: exchanges.items, count: (n) => exchanges.count(n) };
}
