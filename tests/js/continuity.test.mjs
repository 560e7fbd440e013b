/** Keys, backfill, order, audits: what the sink gets of a stream that is cut, repeats or leaves out. */

import assert from 'node:assert/strict';
import { event, serve } from './support/http.mjs';
import { deferred, Log, Recorder } from './support/notices.mjs';
import { connect, failure, SUBSCRIPTION } from './support/ours.mjs';
import { serveSockets } from './support/sockets.mjs';
import { test } from './support/test.mjs';

const message = (n) => ({ data: { message: { id: `m${n}`, n } } });
const ids = (sink) => sink.results.map(({ data }) => data.message.id);
const KEY = { key: 'message.id' };
const QUICKLY = { settleMs: 30 };

/** Streams these messages; after each list but the last the connection is reset. */
function streams(t, ...lists) {
  return serve(t, (exchange, n) => {
    if (exchange.method === 'POST' && /"query":"\{/.test(exchange.body)) return exchange.json200({ data: { history: [2, 3].map((it) => message(it).data.message) } });
    exchange.stream();
    for (const it of lists[n] ?? []) exchange.next(message(it));
    if (n < lists.length - 1) exchange.cut();
  });
}

/** Subscribes; `gaps` are what was told of gaps, as short lists. */
function follow(t, url, continuity, options = {}) {
  const sink = new Recorder();
  const gaps = new Log();
  const client = connect(t, url, options);
  const dispose = client.subscribe(SUBSCRIPTION, sink, {
    ...(continuity && { continuity }),
    gap: ({ reason, lastKey, recovered, error }) => gaps.add([reason, lastKey, recovered, error?.code]),
  });
  return { client, sink, gaps, dispose };
}

for (const [how, key] of [['a path', 'message.id'], ['a function', ({ data }) => data.message.id], ['a function of numbers', ({ data }) => data.message.n]]) {
  test(`a key by ${how}: what is sent again is not delivered again`, async (t) => {
    const server = await streams(t, [1, 2, 2, 1], [1, 2, 3]);
    const { sink } = follow(t, server.url, { key });
    await sink.count(3);
    assert.deepEqual(ids(sink), ['m1', 'm2', 'm3']);
  });
}

test('a result without a key is delivered, and may come twice', async (t) => {
  const server = await streams(t, [1, 2], [1, 2]);
  const { sink } = follow(t, server.url, { key: ({ data }) => (data.message.n === 1 ? undefined : data.message.id) });
  await sink.count(3);
  assert.deepEqual(ids(sink), ['m1', 'm2', 'm1']);
});

for (const [how, key] of [['a path', 'message.id'], ['a function', ({ data }) => data.message.id]]) {
  test(`results that come together, some without a key by ${how}: each is in its place, and those with one come once`, async (t) => {
    const all = ['a', undefined, 'a', '\0', undefined, 'b', '\0', null].map((id) => ({ data: { message: { id } } }));
    const server = await serve(t, (exchange) => void exchange.stream().write(all.map((it) => event('next', JSON.stringify(it))).join('')).complete());
    const { sink } = follow(t, server.url, { key });
    await sink.completed();
    assert.deepEqual(ids(sink), ['a', undefined, '\0', undefined, 'b', null]);
  });
}

for (const [what, key, cause] of [
  ['throws', () => { throw new Error('no such field'); }, /no such field/],
  ['answers with an object', () => ({}), /text|string|number/],
]) {
  test(`a key function that ${what} ends the operation with an error that says so`, async (t) => {
    const server = await streams(t, [1]);
    const { sink } = follow(t, server.url, { key });
    await assert.rejects(sink.completed(), (error) => failure('key')(error) && cause.test(`${error.cause?.message} ${error.message}`));
    await server.exchanges[0].gone();
  });
}

test('a cut is healed: the backfill asks behind the newest key, and live results wait for it', async (t) => {
  const server = await streams(t, [1], [4, 5]);
  const asked = new Log();
  const backfill = async (gap, { signal }) => {
    asked.add([gap.reason, gap.lastKey, gap.since instanceof Date, gap.operation.id, signal.aborted]);
    return [message(2), message(3)];
  };
  const { sink, gaps } = follow(t, server.url, { ...KEY, ...QUICKLY, backfill });
  await gaps.count(1);
  assert.deepEqual(ids(sink), ['m1', 'm2', 'm3', 'm4', 'm5']);
  assert.deepEqual(gaps.items, [['reconnect', 'm1', true, undefined]]);
  assert.deepEqual(asked.items[0], ['reconnect', 'm1', true, 1, false]);
  assert.equal(asked.items.length, 2, 'and once more behind the first new result');
  assert.equal(asked.items[1][1], 'm3');
});

test('a backfill may use the client: ctx.execute is a plain POST', async (t) => {
  const server = await streams(t, [1], [4]);
  const backfill = async ({ lastKey }, { execute }) => {
    if (lastKey !== 'm1') return [];
    const { data } = await execute({ query: '{ history { id n } }' });
    return data.history.map((it) => ({ data: { message: it } }));
  };
  const { sink, gaps } = follow(t, server.url, { ...KEY, ...QUICKLY, backfill });
  await gaps.count(1);
  assert.deepEqual(ids(sink), ['m1', 'm2', 'm3', 'm4']);
});

for (const [what, backfill, cause] of [
  ['throws', () => { throw new Error('the history is down'); }, /the history is down/],
  ['rejects', async () => { throw new Error('the history is down'); }, /the history is down/],
  ['answers with no list', async () => ({ data: [] }), undefined],
]) {
  test(`a backfill that ${what}: the gap says so, and the stream goes on`, async (t) => {
    const server = await streams(t, [1], [3]);
    const { sink, gaps, client } = follow(t, server.url, { ...KEY, ...QUICKLY, backfill });
    const told = new Log();
    client.on('gap', ({ error }) => told.add(error));
    await sink.count(2);
    assert.deepEqual(ids(sink), ['m1', 'm3']);
    assert.deepEqual(await gaps.count(1), [['reconnect', 'm1', false, 'backfill']]);
    if (cause) assert.match(told.items[0].cause.message, cause);
  });
}

test('a backfill that takes too long is aborted, and what waited is delivered', async (t) => {
  const server = await streams(t, [1], [3]);
  const aborted = deferred();
  const backfill = (gap, { signal }) => new Promise(() => signal.addEventListener('abort', aborted.resolve));
  const { sink, gaps } = follow(t, server.url, { ...KEY, backfill, backfillTimeoutMs: 50 });
  await Promise.all([sink.count(2), aborted.promise]);
  assert.deepEqual(await gaps.count(1), [['reconnect', 'm1', false, undefined]]);
});

test('dispose aborts the backfill, and nothing comes any more', async (t) => {
  const server = await streams(t, [1], [3]);
  const [asked, aborted] = [deferred(), deferred()];
  const backfill = (gap, { signal }) => {
    asked.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => {
      aborted.resolve();
      resolve([message(2)]);
    }));
  };
  const { sink, gaps, dispose } = follow(t, server.url, { ...KEY, backfill });
  await asked.promise;
  dispose();
  await aborted.promise;
  await new Promise(setImmediate);
  assert.deepEqual([ids(sink), gaps.items, sink.completions], [['m1'], [], 1]);
});

test('another cut during a backfill aborts it, and one report tells of both', async (t) => {
  const server = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n === 0) exchange.next(message(1)).cut();
  });
  const [first, aborted] = [deferred(), deferred()];
  let rounds = 0;
  const backfill = (gap, { signal }) => {
    rounds += 1;
    if (rounds > 1) return [message(2), message(3)];
    first.resolve();
    return new Promise(() => signal.addEventListener('abort', aborted.resolve));
  };
  const { sink, gaps } = follow(t, server.url, { ...KEY, ...QUICKLY, backfill });
  await first.promise;
  (await server.exchange(1)).cut();
  await aborted.promise;
  await gaps.count(1);
  assert.deepEqual(ids(sink), ['m1', 'm2', 'm3']);
  assert.deepEqual(gaps.items, [['reconnect', 'm1', true, undefined]]);
});

test('more than maxWaiting results: they are delivered, and the gap is an overflow', async (t) => {
  const server = await streams(t, [1], [3, 4, 5, 6]);
  const { sink, gaps } = follow(t, server.url, { ...KEY, maxWaiting: 2, backfill: () => new Promise(() => {}) });
  await sink.count(5);
  assert.deepEqual(ids(sink), ['m1', 'm3', 'm4', 'm5', 'm6']);
  assert.deepEqual((await gaps.count(1))[0].slice(0, 3), ['overflow', 'm1', false]);
});

test('startAfter: what lies between the application and the stream is the first gap', async (t) => {
  const server = await streams(t, [3]);
  const backfill = ({ reason, lastKey }) => (reason === 'initial' && lastKey === 'm0' ? [message(1), message(2)] : []);
  const { sink, gaps } = follow(t, server.url, { ...KEY, ...QUICKLY, startAfter: 'm0', backfill });
  await gaps.count(1);
  assert.deepEqual(ids(sink), ['m1', 'm2', 'm3']);
  assert.deepEqual(gaps.items, [['initial', 'm0', true, undefined]]);
});

test('auditMs finds the message that a healthy-looking stream has swallowed', async (t) => {
  const server = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n === 0) exchange.next(message(1)).next(message(3));
  });
  const backfill = () => [message(2), message(3)];
  const { sink, gaps } = follow(t, server.url, { ...KEY, auditMs: 40, backfill });
  await sink.count(3);
  assert.deepEqual(ids(sink), ['m1', 'm3', 'm2'], 'late rather than never');
  assert.deepEqual((await gaps.count(1))[0], ['audit', 'm1', true, undefined]);
});

test('sequence: what comes in the wrong order is put right', async (t) => {
  const server = await streams(t, [1, 3, 2, 4]);
  const { sink, gaps } = follow(t, server.url, { ...KEY, sequence: 'message.n' });
  await sink.count(4);
  assert.deepEqual([ids(sink), gaps.items], [['m1', 'm2', 'm3', 'm4'], []]);
});

test('sequence: a number that does not come is a hole, and backfilled', async (t) => {
  const server = await streams(t, [1, 3]);
  const { sink, gaps } = follow(t, server.url, { ...KEY, sequence: 'message.n', reorderMs: 30, backfill: () => [message(2), message(3)] });
  await sink.count(3);
  assert.deepEqual(ids(sink), ['m1', 'm2', 'm3']);
  assert.deepEqual(await gaps.count(1), [['hole', 'm1', true, undefined]]);
});

test("the client's continuity is for subscriptions that have none of their own, and never for queries", async (t) => {
  const server = await streams(t, [1, 1, 2], [2, 3]);
  const asked = new Log();
  const continuity = (request) => {
    asked.add(request.query);
    return KEY;
  };
  const { sink, client } = follow(t, server.url, undefined, { continuity });
  await sink.count(3);
  assert.deepEqual(ids(sink), ['m1', 'm2', 'm3']);
  await client.execute({ query: '{ history { id } }' });
  assert.deepEqual(asked.items, [SUBSCRIPTION.query]);
});

test('lastEventId: the id of the newest event goes with the next request, if that is wanted', async (t) => {
  for (const [options, sent] of [[{ lastEventId: true }, 'e7'], [{}, undefined]]) {
    const server = await serve(t, (exchange, n) => {
      exchange.stream();
      if (n === 0) exchange.write(`id: e7\nevent: next\ndata: ${JSON.stringify(message(1))}\n\n`).cut();
      else exchange.complete();
    });
    const { sink } = follow(t, server.url, undefined, options);
    await sink.completed();
    assert.deepEqual(server.exchanges.map(({ headers }) => headers['last-event-id']), [undefined, sent]);
  }
});

test('from a stream to the socket: nothing is lost or doubled on the way', async (t) => {
  const server = await streams(t, [1, 2], [2]);
  const sockets = await serveSockets(t, async (peer) => {
    await peer.acknowledge();
    const { id } = await peer.message('subscribe');
    for (const n of [2, 5]) peer.send({ id, type: 'next', payload: message(n) });
  });
  const backfill = ({ lastKey }) => (lastKey === 'm2' ? [message(3), message(4)] : []);
  const { sink, client, gaps } = follow(t, server.url, { ...KEY, ...QUICKLY, backfill }, { websocket: { url: sockets.url } });
  await sink.count(2);
  client.breaker('fetch').isolate();
  client.reconnect();
  await sink.count(5);
  assert.deepEqual(ids(sink), ['m1', 'm2', 'm3', 'm4', 'm5']);
  await gaps.until(() => gaps.items.every(([, , recovered]) => recovered));
  assert.equal(client.snapshot().transport, 'websocket');
});
