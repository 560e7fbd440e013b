/** Credentials that expire: asked for again once, for all operations. Against the Rust server. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startServer } from '../../scripts/lib/server.mjs';
import { poll, Recorder } from './support/notices.mjs';
import { connect } from './support/ours.mjs';
import { test } from './support/test.mjs';

/** Fifty of them at once are a thousand results a second: a busy machine bears that. */
const TICKS = { query: 'subscription { ticks(everyMs: 50) { n } }' };
const BACKOFF = { backoff: { initialMs: 5, maxMs: 20 }, breaker: { window: 64, minCalls: 64 }, retryBudget: { capacity: 1000, perSecond: 1000 } };
const MANY = 50;
let server;

before(async () => {
  server = await startServer();
});
after(() => server?.stop());

const graphql = () => `${server.url}/graphql`;
const ask = async (path) => (await fetch(`${server.url}/${path}`)).json();
const fault = (body) => fetch(`${server.url}/faults`, { method: 'POST', body: JSON.stringify(body) });

/** What an application does: keeps a token, and fetches another when that is refused. */
function credentials() {
  const asked = { connect: 0, unauthorized: 0 };
  let token;
  const headers = async (_request, { reason }) => {
    asked[reason] += 1;
    if (reason === 'unauthorized') ({ token } = await ask('token'));
    return { authorization: `Bearer ${token}` };
  };
  return { asked, headers };
}

test('a token that expires under fifty operations is asked for once', async (t) => {
  t.after(() => fault({ profile: 'none' }));
  const { asked, headers } = credentials();
  const client = connect(t, graphql(), { headers, ...BACKOFF });
  const sinks = Array.from({ length: MANY }, () => new Recorder());
  for (const sink of sinks) client.subscribe(TICKS, sink);
  await Promise.all(sinks.map((sink) => sink.count(1)));
  for (const expiries of [1, 2]) {
    const before = sinks.map(({ results }) => results.length);
    await fault({ profile: 'token-expires' });
    await Promise.all(sinks.map((sink, at) => sink.count(before[at] + 5)));
    await poll(async () => (await ask('stats')).sse.live === MANY);
    assert.equal(asked.unauthorized, expiries);
  }
  assert.deepEqual(sinks.flatMap(({ errors }) => errors), []);
});

test('a token that stays refused is one error, and asked for once', async (t) => {
  t.after(() => fault({ profile: 'none' }));
  await fault({ profile: 'status-401', times: 1000 });
  const { asked, headers } = credentials();
  const sink = new Recorder();
  connect(t, graphql(), { headers, ...BACKOFF }).subscribe(TICKS, sink);
  const { code, status, response } = await sink.failed();
  assert.deepEqual([code, status, response.status, asked], ['unauthorized', 401, 401, { connect: 1, unauthorized: 1 }]);
});

test('a function that cannot say new headers is no refusal', async (t) => {
  t.after(() => fault({ profile: 'none' }));
  await fault({ profile: 'status-401', times: 1000 });
  const client = connect(t, graphql(), {
    headers: (_request, { reason }) => {
      if (reason === 'unauthorized') throw new Error('offline');
      return {};
    },
    ...BACKOFF,
  });
  const retried = new Promise((resolve) => client.on('retry', ({ error }) => resolve(error)));
  client.subscribe(TICKS, new Recorder());
  const { code, cause } = await retried;
  assert.deepEqual([code, cause.message], ['headers', 'offline']);
});

test('a mutation that was refused is carried out once', async (t) => {
  t.after(() => fault({ profile: 'none' }));
  await fault({ profile: 'token-expires' });
  const { asked, headers } = credentials();
  const client = connect(t, graphql(), { headers, ...BACKOFF });
  const before = (await ask('stats')).operations.executed.send;
  const sink = new Recorder();
  client.subscribe({ query: 'mutation { send(author: "Ada", text: "hi") { id } }' }, sink);
  await sink.completed();
  assert.deepEqual([(await ask('stats')).operations.executed.send - before, asked.unauthorized], [1, 1]);
});

test('who leaves while headers are asked for does not take them from the others', async (t) => {
  t.after(() => fault({ profile: 'none' }));
  await fault({ profile: 'token-expires' });
  const { asked, headers } = credentials();
  let first;
  const client = connect(t, graphql(), {
    headers: async (request, context) => {
      if (context.reason === 'unauthorized') first();
      return headers(request, context);
    },
    ...BACKOFF,
  });
  const [leaves, stays] = [new Recorder(), new Recorder()];
  first = client.subscribe(TICKS, leaves);
  client.subscribe(TICKS, stays);
  await stays.count(1);
  assert.deepEqual([leaves.results, stays.errors, asked.unauthorized], [[], [], 1]);
});

/** A token that says itself when it expires. */
test('renewAfterMs may be a function: asked for each connection, behind its headers; undefined leaves it alone', async (t) => {
  const lifetimes = [1000, undefined];
  const asked = [];
  const client = connect(t, graphql(), {
    headers: (_request, { reason }) => void asked.push(reason),
    renewAfterMs: () => {
      asked.push('lifetime');
      return lifetimes.shift();
    },
    ...BACKOFF,
  });
  const { sse } = await ask('stats');
  const sink = new Recorder();
  client.subscribe(TICKS, sink);
  await poll(async () => (await ask('stats')).sse.opened === sse.opened + 2);
  await sink.count(sink.results.length + 5);
  assert.deepEqual([asked, sink.errors], [['connect', 'lifetime', 'renew', 'lifetime'], []]);
});
