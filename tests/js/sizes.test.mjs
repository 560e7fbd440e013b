/** Large results: counted, told, dropped, and what follows when a server dies of them. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startServer } from '../../scripts/lib/server.mjs';
import { serve } from './support/http.mjs';
import { Log, Recorder } from './support/notices.mjs';
import { connect, failure, SUBSCRIPTION, UNHINDERED } from './support/ours.mjs';
import { serveSockets } from './support/sockets.mjs';
import { test } from './support/test.mjs';

const LARGE = 3_000;
let server;

before(async () => {
  server = await startServer();
});
after(() => server?.stop());

/** A result of so many bytes as JSON. */
function sized(n, bytes) {
  const bare = { data: { n, text: '' } };
  return { data: { n, text: 'x'.repeat(bytes - JSON.stringify(bare).length) } };
}
const numbers = (sink) => sink.results.map(({ data }) => data.n);

/** Everything that a client says about sizes. */
function listen(client) {
  const told = new Log();
  client.on('oversize', ({ operation, transport, reason, bytes, ceilingBytes }) => told.add([operation, transport, reason, bytes, ceilingBytes]));
  return told;
}

/** Subscribes; `gaps` are their reasons. */
function follow(client, options) {
  const sink = new Recorder();
  const gaps = new Log();
  client.subscribe(SUBSCRIPTION, sink, { gap: ({ reason, recovered }) => gaps.add([reason, recovered]), ...options });
  return { sink, gaps };
}

/** The Rust server's chat. */
const chat = {
  async ask(path, body) {
    const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return (await fetch(`${server.url}/${path}`, init)).json();
  },
  fault: (profile) => chat.ask('faults', { profile, on: 'sse' }),
  say: (bytes) => chat.ask('graphql', { query: 'mutation($text: String!) { send(author: "Ada", text: $text) { id } }', variables: { text: 'x'.repeat(bytes) } }),
};

test('the founding bug: two backfills tell that streams lose large results; the socket takes over, and nothing is lost', async (t) => {
  t.after(() => chat.fault('none'));
  const backfill = async ({ lastKey }, { execute }) => {
    const { data } = await execute({ query: 'query ($after: Int!) { history(last: 1000, after: $after) { id text } }', variables: { after: Number(lastKey ?? 0) } });
    return data.history.map((messages) => ({ data: { messages } }));
  };
  const client = connect(t, `${server.url}/graphql`, {
    websocket: { url: `${server.url.replace('http', 'ws')}/graphql` },
    continuity: { key: 'messages.id', backfill, settleMs: 20 },
    // Streams are healthy at once, so that they do not die young: three of them against two losses.
    breaker: { minHealthyMs: 0, openMs: 60_000, failureRate: 0.4 },
  });
  const told = listen(client);
  const transports = new Log();
  client.on('transport', ({ transport }) => transports.add(transport));
  const sink = new Recorder();
  const gaps = new Log();
  client.subscribe({ query: 'subscription { messages { id text } }' }, sink, { gap: ({ recovered }) => gaps.add(recovered) });
  await transports.count(1);
  await chat.fault('large-crash');
  await chat.say(10);
  await sink.count(1);
  for (const round of [1, 2]) {
    assert.deepEqual(told.items, []);
    await chat.say(LARGE);
    await chat.say(10); // lost as well, and ends the stream
    await sink.count(1 + 2 * round);
    await gaps.count(round);
  }
  await transports.until(() => transports.items.at(-1) === 'websocket');
  const [[operation, transport, reason, bytes, ceilingBytes], ...more] = told.items;
  assert.deepEqual([operation, transport, reason, more], [1, 'fetch', 'backfill', []]);
  assert.ok(bytes >= LARGE && bytes < LARGE + 200 && ceilingBytes === bytes, `${bytes}`);
  const { payload, breakers } = client.snapshot();
  assert.deepEqual([payload.ceilingBytes, payload.transports.fetch.ceilingBytes, payload.transports.websocket.ceilingBytes], [bytes, bytes, undefined]);
  assert.equal(breakers.fetch.state, 'open');
  await chat.say(LARGE);
  await sink.count(6);
  assert.deepEqual(sink.results.map(({ data }) => data.messages.text.length), [10, LARGE, 10, LARGE, 10, LARGE]);
  assert.deepEqual(gaps.items.filter((recovered) => !recovered), []);
  assert.ok(client.snapshot().payload.transports.websocket.largest > LARGE);
});

test('under a suspected ceiling the request asks for segments; what the application has in its extensions stays', async (t) => {
  const streams = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n === 0) exchange.next(sized(1, 100));
  });
  const missed = [];
  const client = connect(t, streams.url, UNHINDERED);
  const told = listen(client);
  const sink = new Recorder();
  const gaps = new Log();
  const request = { ...SUBSCRIPTION, variables: { a: 1 }, extensions: { trace: 'on', lifeline: { other: true } } };
  client.subscribe(request, sink, { continuity: { key: 'n', backfill: () => missed.splice(0), settleMs: 20 }, gap: (gap) => gaps.add(gap) });
  request.variables.a = 2; // too late: it was sent
  await sink.count(1);
  for (const n of [0, 1]) {
    missed.push(sized(2 + n, LARGE));
    (await streams.exchange(n)).end();
    await sink.count(2 + n);
    if (n === 0) await gaps.count(1);
  }
  await told.count(1);
  const { json } = await streams.exchange(3);
  assert.deepEqual(streams.exchanges.slice(0, 3).map((exchange) => exchange.json.extensions.lifeline), Array(3).fill({ other: true }));
  assert.deepEqual(json, { ...SUBSCRIPTION, variables: { a: 1 }, extensions: { trace: 'on', lifeline: { other: true, maxSegmentBytes: 2_250 } } });
});

test('a connection that dies in the middle of a large result, twice', async (t) => {
  const half = `event: next\ndata: ${'x'.repeat(10_000)}`;
  const streams = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n < 2) exchange.write(half).cut();
  });
  const client = connect(t, streams.url, UNHINDERED);
  const told = listen(client);
  follow(client);
  await told.count(1);
  const [[operation, transport, reason, bytes, ceilingBytes]] = told.items;
  assert.deepEqual([operation, transport, reason], [1, 'fetch', 'cut']);
  // a reset may come before all that was sent
  assert.ok(bytes > 1_024 && bytes <= 10_000, `${bytes}`);
  assert.equal(client.snapshot().payload.transports.fetch.unfinished, bytes);
  assert.ok(ceilingBytes <= bytes);
});

test('maxBytes by fetch: the large one is dropped, and the stream goes on', async (t) => {
  const streams = await serve(t, (exchange) => {
    exchange.stream().next(sized(1, 2_000)).next(sized(2, 2_001)).next(sized(3, 200_000)).next(sized(4, 100));
  });
  const client = connect(t, streams.url, { payload: { maxBytes: 2_000 } });
  const told = listen(client);
  const { sink, gaps } = follow(client);
  await sink.count(2);
  assert.deepEqual(numbers(sink), [1, 4]);
  assert.deepEqual(gaps.items, [['oversize', false], ['oversize', false]]);
  assert.deepEqual(told.items, Array(2).fill([1, 'fetch', 'dropped', 2_000, undefined]));
  const { counters, payload } = client.snapshot();
  assert.deepEqual([counters.oversize, counters.gaps], [2, 2]);
  const { results, bytes, largest, histogram } = payload.transports.fetch;
  assert.deepEqual([results, bytes, largest, histogram], [2, 2_100, 2_000, [1, 0, 1, 0, 0, 0, 0, 0, 0, 0]]);
});

test('maxBytes on a socket: the large message is dropped, a gap of each operation', async (t) => {
  const sockets = await serveSockets(t, async (peer) => {
    await peer.acknowledge();
    const [one, other] = [await peer.message('subscribe', 0), await peer.message('subscribe', 1)];
    const next = (id, n, bytes) => peer.send({ id, type: 'next', payload: sized(n, bytes) });
    next(one.id, 1, 1_900);
    next(one.id, 2, 2_001);
    next(other.id, 3, 100);
    next(one.id, 4, 100);
  });
  const options = { transports: ['websocket'], websocket: { url: sockets.url }, payload: { maxBytes: 2_000 } };
  const client = connect(t, sockets.url.replace('ws', 'http'), options);
  const told = listen(client);
  const [one, other] = [follow(client), follow(client)];
  await Promise.all([one.sink.count(2), other.sink.count(1)]);
  assert.deepEqual([numbers(one.sink), numbers(other.sink)], [[1, 4], [3]]);
  for (const { gaps } of [one, other]) assert.deepEqual(gaps.items, [['oversize', false]]);
  assert.deepEqual(told.items, [1, 2].map((operation) => [operation, 'websocket', 'dropped', 2_000, undefined]));
  assert.equal(client.snapshot().payload.transports.websocket.results, 3);
});

test('maxBytes of an answer: an error, and the response is there to be read', async (t) => {
  const answers = await serve(t, (exchange, n) => exchange.json200(sized(1, n === 0 ? 2_000 : 2_001)));
  const client = connect(t, answers.url, { payload: { maxBytes: 2_000 } });
  assert.equal((await client.execute({ query: '{ n }' })).data.n, 1);
  await assert.rejects(client.execute({ query: '{ n }' }), failure('protocol'));
});

test('warnBytes: what is as large is told, and delivered', async (t) => {
  const streams = await serve(t, (exchange) => {
    exchange.stream().next(sized(1, 999)).next(sized(2, 1_000)).next(sized(3, 70_000));
  });
  const client = connect(t, streams.url, { payload: { warnBytes: 1_000 } });
  const told = listen(client);
  const { sink, gaps } = follow(client);
  await sink.count(3);
  assert.deepEqual([numbers(sink), gaps.items], [[1, 2, 3], []]);
  assert.deepEqual(told.items, [[1, 'fetch', 'large', 1_000, undefined], [1, 'fetch', 'large', 70_000, undefined]]);
});

test('a backfilled value that JSON cannot hold has no size, and is delivered', async (t) => {
  const streams = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n === 0) exchange.next(sized(1, 100));
    if (n < 3) exchange.end();
  });
  const round = { data: { n: 2 } };
  round.data.self = round;
  const client = connect(t, streams.url, UNHINDERED);
  const { sink } = follow(client, { continuity: { key: 'n', backfill: () => [round], settleMs: 20 } });
  await sink.count(2);
  assert.equal(sink.results[1], round);
});
