/** The demo and fault server with the built page, and what a test asks of it. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { startServer } from '../../../scripts/lib/server.mjs';
import { eventually } from './eventually.mjs';

const START_MS = 120_000; // in case it has to be compiled

/** One server for all tests of a file, with the built page unless `page` is false; `args` are added to its own. */
export function useServer({ page = true, args = [] } = {}) {
  const server = new DemoServer([...(page ? ['--static', inRoot('www/dist')] : []), ...args]);
  before(() => server.start(), { timeout: START_MS });
  after(() => server.stop());
  return server;
}

export class DemoServer {
  #running;
  #args;
  url;

  constructor(args) {
    this.#args = args;
  }

  get graphql() {
    return `${this.url}/graphql`;
  }

  get socket() {
    return this.graphql.replace('http', 'ws');
  }

  /** On the port it had before, if there was one. */
  async start() {
    const port = this.url === undefined ? 0 : Number(new URL(this.url).port);
    this.#running = await startServer({ port, args: this.#args });
    this.url = this.#running.url;
  }

  async stop() {
    await this.#running?.stop();
    this.#running = undefined;
  }

  /** No faults, no messages, no connections, counters at zero. */
  async fresh() {
    await this.fault({ profile: 'none' });
    await eventually(() => this.stats(), { sse: { live: 0 }, ws: { live: 0 } });
    await this.#ask('/reset', { method: 'POST' });
  }

  async fault(order) {
    const response = await this.#ask('/faults', json(order));
    return response.json();
  }

  async stats() {
    const response = await this.#ask('/stats');
    return response.json();
  }

  /** Sends a message that no page sends; its id. */
  async send(text, author = 'Nobody') {
    const query = 'mutation($author: String!, $text: String!) { send(author: $author, text: $text) { id } }';
    const response = await this.#ask('/graphql', json({ query, variables: { author, text } }));
    const { data, errors } = await response.json();
    assert.equal(errors, undefined);
    return data.send.id;
  }

  async #ask(path, init = {}) {
    const response = await fetch(this.url + path, { ...init, signal: AbortSignal.timeout(10_000) });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response;
  }
}

function json(body) {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
