/** The claim check: small notifications, and whole results by a query. The last ones against the Rust server. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startServer } from '../../scripts/lib/server.mjs';
import { LifelineError } from '../../dist/index.js';
import { serve } from './support/http.mjs';
import { deferred, Log, poll, Recorder } from './support/notices.mjs';
import { connect, SUBSCRIPTION, UNHINDERED } from './support/ours.mjs';
import { test } from './support/test.mjs';

const note = (n) => ({ data: { message: { id: `m${n}` } } });
const whole = (n) => ({ data: { message: { id: `m${n}`, text: `text ${n}` } } });
const number = ({ data }) => Number(data.message.id.slice(1));
const texts = (sink) => sink.results.map(({ data }) => data.message.text);
const KEY = { key: 'message.id' };

/** Streams these; behind each list but the last the connection is reset, and behind that it is complete if so wished. */
function streams(t, lists, completes = false) {
  return serve(t, (exchange, n) => {
    if (/"query":"\{/.test(exchange.body)) return exchange.json200(whole(exchange.json.variables.n));
    exchange.stream();
    for (const it of lists[n] ?? []) exchange.next(note(it));
    if (n < lists.length - 1) exchange.cut();
    else if (completes) exchange.complete();
  });
}

function follow(t, url, continuity, options = {}) {
  const sink = new Recorder();
  const gaps = new Log();
  const client = connect(t, url, { ...UNHINDERED, ...options });
  const gap = ({ reason, lastKey, recovered, error }) => gaps.add([reason, lastKey, recovered, error]);
  const dispose = client.subscribe(SUBSCRIPTION, sink, { continuity: { ...KEY, ...continuity }, gap });
  return { client, sink, gaps, dispose };
}

test('each notification becomes the whole result, by a plain query', async (t) => {
  const server = await streams(t, [[1, 2, 2, 1, 3]]);
  const hydrate = (result, { execute }) => execute({ query: '{ message }', variables: { n: number(result) } });
  const { sink } = follow(t, server.url, { hydrate });
  await sink.count(3);
  assert.deepEqual(texts(sink), ['text 1', 'text 2', 'text 3']);
  assert.equal(server.exchanges.length, 4, 'what is sent again costs no query');
});

test('a few at a time, and in order whatever the order of the answers', async (t) => {
  const server = await streams(t, [[1, 2, 3, 4, 5, 6]]);
  const asked = new Log();
  const hydrate = (result) => {
    const { promise, resolve } = deferred();
    asked.add({ n: number(result), answer: () => resolve(whole(number(result))) });
    return promise;
  };
  const { sink } = follow(t, server.url, { hydrate });
  await asked.count(4);
  await new Promise(setImmediate);
  assert.deepEqual(asked.items.map(({ n }) => n), [1, 2, 3, 4]);
  for (const { answer } of asked.items.slice().reverse()) answer();
  await asked.count(6);
  for (const { answer } of asked.items.slice(4).reverse()) answer();
  await sink.count(6);
  assert.deepEqual(sink.results.map(number), [1, 2, 3, 4, 5, 6]);
});

test('the notification itself may be the whole', async (t) => {
  const server = await streams(t, [[1]]);
  const { sink } = follow(t, server.url, { hydrate: (result) => result });
  await sink.count(1);
  assert.deepEqual(sink.results, [note(1)]);
});

test("the client's hydrate is for subscriptions that have no continuity of their own", async (t) => {
  const server = await streams(t, [[1]]);
  const sink = new Recorder();
  const client = connect(t, server.url, { continuity: { hydrate: async (result) => whole(number(result)) } });
  client.subscribe(SUBSCRIPTION, sink);
  await sink.count(1);
  assert.deepEqual(texts(sink), ['text 1']);
});

for (const [what, fails] of [
  ['throws', () => { throw new Error('busy'); }],
  ['rejects', async () => { throw new Error('busy'); }],
  ['answers with nothing', async () => undefined],
  ['answers with a list', async () => []],
]) {
  test(`a hydrate that ${what} is tried again, and three times are a gap`, async (t) => {
    const server = await streams(t, [[1, 2, 3]]);
    const tries = { 1: 0, 2: 0, 3: 0 };
    const hydrate = (result) => {
      const n = number(result);
      tries[n] += 1;
      return n === 2 || (n === 1 && tries[1] < 3) ? fails() : whole(n);
    };
    const { sink, gaps } = follow(t, server.url, { hydrate });
    await Promise.all([sink.count(2), gaps.count(1)]);
    assert.deepEqual([texts(sink), tries], [['text 1', 'text 3'], { 1: 3, 2: 3, 3: 1 }]);
    const [reason, lastKey, recovered, error] = gaps.items[0];
    assert.deepEqual([reason, lastKey, recovered, error.code], ['hydrate', 'm1', false, 'backfill']);
    assert.match(error.message, /hydrate/);
    if (/throws|rejects/.test(what)) assert.equal(error.cause.message, 'busy');
  });
}

for (const [what, error, tries] of [
  ['an error that is not retryable', new LifelineError('graphql', 'no', { retryable: false }), 1],
  ['a result with GraphQL errors, thrown', { errors: [{ message: 'not yours' }] }, 1],
  ['an error that is retryable', new LifelineError('http', 'busy', { retryable: true, errors: [{ message: 'busy' }], retryAfterMs: 1 }), 3],
]) {
  test(`${what}: ${tries === 1 ? 'not tried' : 'tried'} again`, async (t) => {
    const server = await streams(t, [[1, 2]]);
    let count = 0;
    const hydrate = (result) => {
      if (number(result) === 2) return whole(2);
      count += 1;
      throw error;
    };
    const { sink, gaps } = follow(t, server.url, { hydrate });
    await sink.count(1);
    assert.equal(count, tries);
    const [reason, , , told] = gaps.items[0];
    assert.deepEqual([reason, told.cause, told.retryable], ['hydrate', error, tries > 1]);
  });
}

test('a try that takes too long is aborted, and with it its query', async (t) => {
  const server = await serve(t, (exchange) => {
    if (!/"query":"\{/.test(exchange.body)) exchange.stream().next(note(1));
  });
  const signals = [];
  const hydrate = (result, { execute, signal }) => {
    signals.push(signal);
    return signals.length < 3 ? execute({ query: '{ slow }' }) : whole(1);
  };
  const { sink } = follow(t, server.url, { hydrate, backfillTimeoutMs: 50 });
  await sink.count(1);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true, false]);
  await Promise.all(server.exchanges.slice(1).map((exchange) => exchange.gone()));
});

test('dispose aborts what is under way, and nothing comes any more', async (t) => {
  const server = await streams(t, [[1, 2, 3]]);
  const asked = new Log();
  const hydrate = (result, { signal }) => new Promise((resolve) => {
    asked.add(signal);
    signal.addEventListener('abort', () => resolve(whole(number(result))));
  });
  const { sink, gaps, dispose } = follow(t, server.url, { hydrate });
  await asked.count(3);
  dispose();
  assert.ok(asked.items.every(({ aborted }) => aborted));
  await new Promise(setImmediate);
  assert.deepEqual([sink.results, gaps.items, sink.completions], [[], [], 1]);
});

test('completion comes behind the last whole result', async (t) => {
  const server = await streams(t, [[1, 2, 3, 4, 5, 6]], true);
  const closed = deferred();
  const hydrate = async (result) => {
    await closed.promise;
    return whole(number(result));
  };
  const { sink, client, dispose } = follow(t, server.url, { hydrate });
  await poll(() => dispose.state === 'closed');
  assert.deepEqual([sink.results, sink.completions], [[], 0]);
  closed.resolve();
  await sink.completed();
  assert.deepEqual(sink.results.map(number), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(client.snapshot().operations, []);
});

test('what a backfill brings are notifications too; a gap that is told late stops no later backfill', async (t) => {
  const server = await serve(t, (exchange, n) => {
    exchange.stream().next(note([1, 4, 6][n]));
    if (n === 0) exchange.cut();
  });
  const [held, asked] = [deferred(), new Log()];
  const hydrate = async (result) => {
    if (number(result) === 2) await held.promise;
    return whole(number(result));
  };
  const backfill = async ({ lastKey }, { signal }) => {
    asked.add(lastKey);
    if (lastKey === 'm1') return [note(2), note(3)];
    if (lastKey !== 'm4') return [];
    held.resolve();
    await gaps.count(1);
    assert.equal(signal.aborted, false);
    return [note(5)];
  };
  const { sink, gaps } = follow(t, server.url, { hydrate, backfill, settleMs: 20 });
  await asked.until(() => asked.items.includes('m3'));
  await new Promise(setImmediate);
  assert.deepEqual(gaps.items, [], 'it is told behind what it recovered');
  (await server.exchange(1)).cut();
  await sink.count(6);
  assert.deepEqual(sink.results.map(number), [1, 2, 3, 4, 5, 6]);
  const told = await gaps.count(2);
  assert.deepEqual(told.map(([reason, lastKey, recovered]) => [reason, lastKey, recovered]), [['reconnect', 'm1', true], ['reconnect', 'm4', true]]);
});

test('more than maxWaiting are left out and told, and the rest is delivered', async (t) => {
  const server = await streams(t, [Array.from({ length: 50 }, (_, n) => n + 1)], true);
  const received = deferred();
  const hydrate = async (result) => {
    await received.promise;
    return whole(number(result));
  };
  const { sink, gaps, dispose } = follow(t, server.url, { hydrate, maxWaiting: 3 });
  await poll(() => dispose.state === 'closed');
  received.resolve();
  await sink.completed();
  assert.deepEqual(sink.results.map(number), [1, 2, 3]);
  assert.deepEqual(gaps.items, [['overflow', 'm3', false, undefined]]);
});

// --- the Rust server ---

const LARGE = 'x'.repeat(8_000);
const SEND = 'mutation ($text: String!) { send(author: "Ada", text: $text) { id } }';
let server;
before(async () => (server = await startServer()));
after(() => server?.stop());
const graphql = () => `${server.url}/graphql`;
const fault = (body) => fetch(`${server.url}/faults`, { method: 'POST', body: JSON.stringify(body) });

/** Sends a large message and two small ones, one by one. */
async function send(client) {
  for (const text of [LARGE, 'behind it', LARGE, 'the end']) {
    const { errors } = await client.execute({ query: SEND, variables: { text } });
    assert.equal(errors, undefined);
  }
}

test('the founding bug: large results crash the stream, notifications do not, and nothing is lost', async (t) => {
  t.after(() => fault({ profile: 'none' }));
  await fault({ profile: 'large-crash', bytes: 2048 });
  const hydrate = async ({ data }, { execute }) => {
    const { data: { history: [message] } } = await execute({
      query: 'query ($after: Int!) { history(last: 1, after: $after) { id text } }',
      variables: { after: data.messages.id - 1 },
    });
    return { data: { messages: message } };
  };
  const sink = new Recorder();
  const gaps = new Log();
  const client = connect(t, graphql(), UNHINDERED);
  const dispose = client.subscribe({ query: 'subscription { messages { id } }' }, sink, {
    continuity: { key: 'messages.id', hydrate },
    gap: (gap) => gaps.add(gap),
  });
  await poll(() => dispose.state === 'live');
  await poll(async () => (await (await fetch(`${server.url}/stats`)).json()).sse.live === 1);
  await send(client);
  await sink.count(4);
  assert.deepEqual(sink.results.map(({ data }) => data.messages.text), [LARGE, 'behind it', LARGE, 'the end']);
  assert.deepEqual([gaps.items, client.snapshot().counters.failures], [[], 0]);
});

test('and without hydrate it does lose them', async (t) => {
  t.after(() => fault({ profile: 'none' }));
  await fault({ profile: 'large-crash', bytes: 2048 });
  const sink = new Recorder();
  const gaps = new Log();
  const client = connect(t, graphql(), UNHINDERED);
  const dispose = client.subscribe({ query: 'subscription { messages { id text } }' }, sink, {
    continuity: { key: 'messages.id' },
    gap: (gap) => gaps.add(gap.reason),
  });
  await poll(() => dispose.state === 'live');
  await poll(async () => (await (await fetch(`${server.url}/stats`)).json()).sse.live === 1);
  await send(client);
  await gaps.count(1);
  assert.ok(!sink.results.some(({ data }) => data.messages.text === LARGE));
});
