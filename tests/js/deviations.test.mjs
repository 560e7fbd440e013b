/** Where this client differs from graphql-sse's, and means to. */

import assert from 'node:assert/strict';
import * as ours from '../../dist/index.js';
import { event, serve } from './support/http.mjs';
import { Log, Recorder, settled } from './support/notices.mjs';
import { connect, result, SUBSCRIPTION, UNHINDERED } from './support/ours.mjs';
import { test } from './support/test.mjs';

for (const status of [400, 403, 404, 405, 406, 409, 413, 415, 422]) {
  test(`${status} is not retried`, async (t) => {
    const server = await serve(t, (exchange) => exchange.answer(status, { 'content-type': 'text/plain' }, 'no'));
    const sink = new Recorder();
    connect(t, server.url).subscribe(SUBSCRIPTION, sink);
    const error = await sink.failed();
    assert.deepEqual([error.code, error.status, error.retryable], ['http', status, false]);
    await settled();
    assert.equal(server.exchanges.length, 1);
  });
}

test('204 tells the client to stop', async (t) => {
  const server = await serve(t, (exchange) => exchange.answer(204));
  const sink = new Recorder();
  connect(t, server.url).subscribe(SUBSCRIPTION, sink);
  assert.equal((await sink.failed()).status, 204);
  assert.equal(server.exchanges.length, 1);
});

for (const status of [408, 425, 429, 500, 502, 503, 504]) {
  test(`${status} is retried`, async (t) => {
    const server = await serve(t, (exchange, n) => (n === 0 ? exchange.answer(status) : exchange.stream().complete()));
    const sink = new Recorder();
    connect(t, server.url).subscribe(SUBSCRIPTION, sink);
    await sink.completed();
    assert.equal(server.exchanges.length, 2);
  });
}

test('retryAttempts is Infinity unless set', async (t) => {
  const failures = 40;
  const server = await serve(t, (exchange, n) => (n < failures ? exchange.answer(503) : exchange.stream().complete()));
  const retries = new Log();
  const sink = new Recorder();
  connect(t, server.url, { ...UNHINDERED, retry: async (n) => retries.add(n) }).subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.equal(server.exchanges.length, failures + 1);
  assert.deepEqual(retries.items, Array.from({ length: failures }, (_, n) => n));
});

test('events with unknown names never end a stream', async (t) => {
  const server = await serve(t, (exchange) => {
    exchange.stream();
    for (const name of ['heartbeat', 'error', 'message', 'Next', 'toString', '__proto__']) exchange.write(event(name, '{"data":{"n":0}}'));
    exchange.write('data: {"data":{"n":0}}\n\n').next(result(1)).write('event: ping\n\nid: 7\nretry: soon\nfoo: bar\n\n').next(result(2)).complete();
  });
  const sink = new Recorder();
  const client = connect(t, server.url);
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [result(1), result(2)]);
  assert.equal(server.exchanges.length, 1);
  assert.ok(client.snapshot().counters.ignored >= 7);
});

test('after dispose nothing comes but complete, in a microtask', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().write([1, 2, 3].map((n) => event('next', JSON.stringify(result(n)))).join('') + event('complete', '')));
  const order = [];
  const ended = new Log();
  const dispose = connect(t, server.url, { on: { message: ({ data }) => order.push(`message ${data?.data.n}`) } }).subscribe(
    SUBSCRIPTION,
    {
      next({ data: { n } }) {
        order.push(`next ${n}`);
        dispose();
        order.push('disposed');
        queueMicrotask(() => queueMicrotask(() => ended.add('later')));
      },
      error: (error) => order.push(error),
      complete: () => order.push('complete'),
    },
    { state: (state) => order.push(state), gap: () => order.push('gap') },
  );
  await ended.count(1);
  const expected = ['connecting', 'live', 'message 1', 'next 1', 'disposed', 'complete'];
  assert.deepEqual(order, expected);
  await settled();
  assert.deepEqual(order, expected);
});

test('complete does not come inside dispose, and comes before the next task', async (t) => {
  const server = await serve(t, () => {});
  const client = connect(t, server.url);
  for (const end of [(dispose) => dispose(), () => client.dispose()]) {
    const sink = new Recorder();
    end(client.subscribe(SUBSCRIPTION, sink));
    assert.equal(sink.completions, 0);
    await Promise.resolve();
    assert.equal(sink.completions, 1);
  }
});

test('a malformed result costs only itself', async (t) => {
  const broken = ['{"data":', '', 'null', '[]', '7', '"text"', '{"data":{"n":0}} trailing', '\u0000'];
  const server = await serve(t, (exchange) => {
    exchange.stream().next(result(0));
    broken.forEach((data, i) => exchange.write(event('next', data)).next(result(i + 1)));
    exchange.complete();
  });
  const gaps = new Log();
  const announced = new Log();
  const sink = new Recorder();
  const client = connect(t, server.url);
  client.on('gap', announced.add);
  const before = Date.now();
  const dispose = client.subscribe(SUBSCRIPTION, sink, { gap: gaps.add });
  await sink.completed();
  assert.deepEqual(sink.results, Array.from({ length: broken.length + 1 }, (_, n) => result(n)));
  assert.equal(server.exchanges.length, 1);
  assert.deepEqual(gaps.items.map(({ reason, recovered, operation }) => [reason, recovered, operation]), broken.map(() => ['malformed', false, dispose.id]));
  assert.deepEqual(announced.items, gaps.items);
  assert.ok(gaps.items.every(({ since }) => since >= before && since <= Date.now()));
  assert.equal(client.snapshot().counters.gaps, broken.length);
});

test('broken UTF-8 inside a result does not break the stream', async (t) => {
  const server = await serve(t, (exchange) => {
    exchange.stream().write(Buffer.concat([Buffer.from('event: next\ndata: {"data":{"n":"'), Buffer.from([0xff, 0xc3]), Buffer.from('"}}\n\n')]));
    exchange.next(result(2)).complete();
  });
  const sink = new Recorder();
  connect(t, server.url).subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [result('\ufffd\ufffd'), result(2)]);
});

test('what url() and headers() throw is retried, and never a 401', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().complete());
  const throwing = (value) => {
    let calls = 0;
    return async () => {
      calls += 1;
      if (calls < 4) throw new Error('the laptop is offline');
      return value;
    };
  };
  for (const options of [{ headers: throwing({}) }, { url: throwing(server.url) }]) {
    const sink = new Recorder();
    const retries = new Log();
    const client = connect(t, server.url, options);
    client.on('retry', ({ error }) => retries.add([error.code, error.cause.message]));
    client.subscribe(SUBSCRIPTION, sink);
    await sink.completed();
    assert.deepEqual(retries.items, Array(3).fill(['headers', 'the laptop is offline']));
  }
  assert.equal(server.exchanges.length, 2);
});

test('throw of an iterator closes the connection', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream());
  const results = connect(t, server.url).iterate(SUBSCRIPTION);
  const exchange = await server.exchange(0);
  await results.throw(new Error('enough'));
  await exchange.gone();
  await assert.rejects(results.next(), /enough/);
  assert.deepEqual(await results.next(), { done: true, value: undefined });
});

test('the server handler is not exported, and what is beside it in graphql-sse is', async () => {
  const theirs = await import('graphql-sse');
  const missing = Object.keys(theirs).filter((name) => !(name in ours));
  assert.deepEqual(missing, ['createHandler', 'isExecutionResult']); // the second belongs to the first
});

test('the helpers beside the client behave as in graphql-sse', async () => {
  const theirs = await import('graphql-sse');
  const message = { event: 'next', data: { data: { n: 1 } } };
  for (const { print, parseStreamData, validateStreamEvent, isAsyncIterable, isAsyncGenerator, TOKEN_HEADER_KEY, TOKEN_QUERY_KEY } of [theirs, ours]) {
    assert.equal(print(message), 'event: next\ndata: {"data":{"n":1}}\n\n');
    assert.equal(print({ event: 'complete', data: null }), 'event: complete\ndata:\n\n');
    assert.deepEqual(parseStreamData('next', '{"data":1}'), { data: 1 });
    assert.equal(parseStreamData('complete', ''), null);
    assert.throws(() => parseStreamData('next', '{'), /Invalid stream data/);
    assert.throws(() => parseStreamData('next', ''), /must be an object/);
    assert.equal(validateStreamEvent('next'), 'next');
    assert.throws(() => validateStreamEvent('nest'), /Invalid stream event "nest"/);
    const generator = (async function* nothing() {})();
    assert.deepEqual([isAsyncIterable(generator), isAsyncGenerator(generator), isAsyncIterable([]), isAsyncGenerator(null)], [true, true, false, false]);
    assert.deepEqual([TOKEN_HEADER_KEY, TOKEN_QUERY_KEY], ['x-graphql-event-stream-token', 'token']);
  }
});
