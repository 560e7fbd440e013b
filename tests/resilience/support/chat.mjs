/** A subscription to the server's chat that may miss nothing, in a page with nothing but the package. */

import assert from 'node:assert/strict';
import { BROKEN } from '../../e2e/support/complaints.mjs';
import { eventually } from '../../e2e/support/eventually.mjs';
import { useLab } from '../../e2e/support/lab.mjs';
import { useServer } from '../../e2e/support/server.mjs';

export const MESSAGES = 'subscription { messages { id text } }';
export const TRANSPORTS = ['eventsource', 'fetch', 'websocket'];
/** Healed within a test's patience; what a test is about it sets itself. */
export const CONTINUITY = { key: 'messages.id', backfill: 'history', settleMs: 100 };
/** For servers that flap: however much else runs, what they break is too young to count as healthy. */
export const YOUNG = { minHealthyMs: 2_000, openMs: 300, maxOpenMs: 300 };
const QUICK = {
  backoff: { initialMs: 20, maxMs: 100 },
  breaker: { ...YOUNG, minHealthyMs: 300 },
  retryBudget: { capacity: 10, perSecond: 10 },
  continuity: CONTINUITY,
};

/** What an application has that sets nothing. */
export const DEFAULTS = {};

/** Where a transport's faults and counters are found. */
export const side = (transport) => (transport === 'websocket' ? 'ws' : 'sse');
const range = (count) => Array.from({ length: count }, (_, index) => index + 1);

/** A server and a lab for all tests of a file; `open` starts a chat. */
export function useChats({ args } = {}) {
  const server = useServer({ page: false, args });
  const lab = useLab();
  return {
    server,
    /**
     * By these transports, and live unless `live` is false. `order` is what the server is told before. `base`: the options
     * that it has beside its own, those of `QUICK` if nothing is said, `DEFAULTS` for none; `query`: another subscription.
     */
    async open(newContext, transports, { order, live = true, prepare, base, query, ...options } = {}) {
      await server.fresh();
      const page = await lab.open(newContext, prepare);
      const chat = new Chat(server, page, [transports].flat(), { base, query });
      if (order !== undefined) await order(chat);
      await chat.start(options);
      if (live) await chat.shows({ state: 'live' });
      return chat;
    },
  };
}

class Chat {
  sent = 0;

  constructor(server, page, transports, { base = QUICK, query = MESSAGES }) {
    Object.assign(this, { server, page, transports, base, query });
  }

  /** With more options than those of every chat. */
  start(options) {
    return this.page.start('chat', this.options(options), this.query);
  }

  options(more) {
    const { server, transports, base } = this;
    return {
      url: server.graphql,
      transports,
      ...(transports.includes('eventsource') && { method: 'GET' }),
      ...(transports.includes('websocket') && { websocket: { url: server.socket } }),
      ...base,
      ...more,
    };
  }

  /** Orders a fault where the first transport meets it. */
  fault(profile, more = {}) {
    return this.server.fault({ profile, on: side(this.transports[0]), ...more });
  }

  /** Sends messages, of so many bytes each. */
  async say({ count = 1, bytes = 8 } = {}) {
    for (let n = 0; n < count; n++) {
      this.sent += 1;
      await this.server.send(`${this.sent} `.padEnd(bytes, 'x'));
    }
  }

  look() {
    return this.page.look('chat');
  }

  shows(expected, limitMs) {
    return this.page.shows('chat', expected, limitMs);
  }

  /** Waits until every message that was sent is there. */
  async whole(more = {}) {
    await this.shows({ results: (results) => results.length >= this.sent, ...more });
    return this.assertWhole();
  }

  /** Each message that was sent, once, in the server's order. */
  async assertWhole() {
    const run = await this.look();
    assert.deepEqual(ids(run), range(this.sent));
    assert.deepEqual(run.errors, []);
    return run;
  }

  /** Waits until so many gaps are told; each is healed. */
  async healed(reasons) {
    const run = await this.shows({ gaps: (gaps) => gaps.length >= reasons.length, state: 'live' });
    assert.deepEqual(run.gaps, reasons);
    assert.deepEqual(run.recovered, reasons.map(() => true));
    return run;
  }

  /** Waits until the counters of its (first) transport are these; all counters. */
  async counts(expected, transport = this.transports[0]) {
    const stats = await eventually(() => this.server.stats(), { [side(transport)]: expected });
    return { ...stats, own: stats[side(transport)] };
  }

  /** Waits until the server has done this to someone. */
  struck(profile, times = 1) {
    return eventually(() => this.server.stats(), { faults: { [profile]: (count) => count >= times } });
  }

  /** Disposes of the client: everything is still there once (`late`: in whatever order), and the server is rid of it. */
  async end({ late = false } = {}) {
    const run = await this.close();
    assert.deepEqual(late ? ids(run).sort((a, b) => a - b) : ids(run), range(this.sent));
    return run;
  }

  /** The same for whatever has come. */
  async close() {
    await this.page.call('disposeClient', 'chat');
    await this.server.fault({ profile: 'none' });
    await eventually(() => this.server.stats(), { sse: { live: 0 }, ws: { live: 0 }, operations: { live: 0 }, zombies: 0 });
    const run = await this.shows({ completions: 1, state: 'closed' });
    assert.deepEqual([run.errors, run.completions, run.operations], [[], 1, 0]);
    this.page.assertQuiet(BROKEN);
    const stats = await this.server.stats();
    for (const { opened, live, ended, cut } of [stats.sse, stats.ws]) assert.equal(opened, live + ended + cut);
    return run;
  }
}

export function ids(run) {
  return run.results.map(({ data }) => data.messages.id);
}
