/** Several operations of one client that has nothing but default options, each with a clock of its own. */

import assert from 'node:assert/strict';
import { BROKEN } from '../../e2e/support/complaints.mjs';
import { eventually } from '../../e2e/support/eventually.mjs';
import { useLab } from '../../e2e/support/lab.mjs';
import { useServer } from '../../e2e/support/server.mjs';
import { DEFAULTS } from './chat.mjs';

const CLIENT = 'company';
/** The server knows an operation by its name. */
const clock = (name) => `subscription ${name} { ticks(everyMs: 100) { n } }`;

/** So long without a result is no more than a hiccup of the machine, or one change of connections. */
export const HICCUP_MS = 2_000;

/** A server and a lab for all tests of a file. `open` starts a client with operations of these names, live on its first transport. */
export function useCompanies() {
  const server = useServer({ page: false });
  const lab = useLab();
  return {
    server,
    async open(newContext, transports, names) {
      await server.fresh();
      const company = new Company(server, await lab.open(newContext));
      const websocket = { url: server.socket };
      await company.page.call('create', CLIENT, { url: server.graphql, transports, websocket, ...DEFAULTS });
      for (const name of names) await company.join(name);
      for (const name of names) await company.travels(name, transports[0], 2);
      return company;
    },
  };
}

class Company {
  constructor(server, page) {
    Object.assign(this, { server, page });
  }

  /** What the lab can do with its client. */
  call(what, ...args) {
    return this.page.call(what, CLIENT, ...args);
  }

  join(name) {
    return this.page.call('subscribe', name, clock(name), CLIENT);
  }

  look(name) {
    return this.page.look(name);
  }

  shows(name, expected, limitMs) {
    return this.page.shows(name, expected, limitMs);
  }

  /** Waits until a connection of this transport has brought it so many results; the connection. */
  async travels(name, transport, results = 1, limitMs = undefined) {
    const found = ({ legs }) => legs.find((leg) => leg.transport === transport && leg.results >= results);
    const { journey } = await this.shows(name, { journey: found }, limitMs);
    return found(journey);
  }

  /** It has had so many connections, all of this transport, was never long without a result, and still has none but results. */
  async assertSpared(name, transport, connections = 1) {
    const { journey, errors, completions, results, state } = await this.look(name);
    assert.deepEqual(journey.legs.map((leg) => leg.transport), Array.from({ length: connections }, () => transport), `the connections of ${name}`);
    assert.ok(journey.pauseMs <= HICCUP_MS, `${name} was without a result for ${Math.round(journey.pauseMs)} ms`);
    assert.deepEqual([errors, completions, state], [[], 0, 'live'], name);
    assert.ok(results.every(({ data, errors: own }) => data.ticks.n > 0 && own === undefined), name);
  }

  /** The breakers that have moved, of all operations of this client. */
  async breakers(name) {
    return (await this.look(name)).breakers;
  }

  /** Waits until the server has done this so often. */
  struck(profile, times = 1, limitMs = undefined) {
    return eventually(() => this.server.stats(), { faults: { [profile]: (count) => count >= times } }, limitMs);
  }

  async close() {
    await this.page.call('disposeClient', CLIENT);
    await this.server.fault({ profile: 'none' });
    await eventually(() => this.server.stats(), { sse: { live: 0 }, ws: { live: 0 }, operations: { live: 0 } });
    this.page.assertQuiet(BROKEN);
  }
}
