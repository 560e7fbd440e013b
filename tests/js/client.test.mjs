/** What a client has beside graphql-sse's: signals, events, snapshots, reconnect, handles. */

import assert from 'node:assert/strict';
import { createClient } from '../../dist/index.js';
import { serve } from './support/http.mjs';
import { Log, Recorder, settled } from './support/notices.mjs';
import { connect, failure, result, SUBSCRIPTION } from './support/ours.mjs';
import { test } from './support/test.mjs';

const stream = (exchange, n) => exchange.stream().next(result(n));

test('signal: aborting it is the same as dispose', async (t) => {
  const server = await serve(t, stream);
  const control = new AbortController();
  const sink = new Recorder();
  connect(t, server.url).subscribe(SUBSCRIPTION, sink, { signal: control.signal });
  await sink.count(1);
  control.abort();
  assert.equal(sink.completions, 0);
  await Promise.resolve();
  assert.equal(sink.completions, 1);
  await server.exchanges[0].gone();
});

test('signal: one that is aborted already sends nothing, and completes', async (t) => {
  const server = await serve(t, stream);
  const client = connect(t, server.url);
  const sink = new Recorder();
  const dispose = client.subscribe(SUBSCRIPTION, sink, { signal: AbortSignal.abort() });
  await sink.completed();
  assert.equal(dispose.state, 'closed');
  assert.deepEqual(await client.iterate(SUBSCRIPTION, { signal: AbortSignal.abort() }).next(), { done: true, value: undefined });
  await settled();
  assert.equal(server.exchanges.length, 0);
});

test('signal: its listeners are taken away when the operation ends', async (t) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? exchange.stream().complete() : n === 1 ? exchange.answer(400) : stream(exchange, n)));
  const { signal } = new AbortController();
  let listeners = 0;
  t.mock.method(signal, 'addEventListener', () => void (listeners += 1));
  t.mock.method(signal, 'removeEventListener', () => void (listeners -= 1));
  const client = connect(t, server.url);
  const [completed, failed, disposed] = [new Recorder(), new Recorder(), new Recorder()];
  client.subscribe(SUBSCRIPTION, completed, { signal });
  await completed.completed();
  client.subscribe(SUBSCRIPTION, failed, { signal });
  await failed.failed();
  client.subscribe(SUBSCRIPTION, disposed, { signal })();
  client.subscribe(SUBSCRIPTION, new Recorder(), { signal });
  assert.equal(listeners, 1);
  client.dispose();
  assert.equal(listeners, 0);
});

test('iterate: a signal ends the loop, after what has arrived', async (t) => {
  const server = await serve(t, stream);
  const control = new AbortController();
  const got = [];
  for await (const { data } of connect(t, server.url).iterate(SUBSCRIPTION, { signal: control.signal })) {
    got.push(data.n);
    control.abort();
  }
  assert.deepEqual(got, [0]);
  await server.exchanges[0].gone();
});

test('headers: told attempt and reason; its signal is aborted when the attempt is given up', async (t) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? exchange.answer(503) : stream(exchange, n)));
  const contexts = new Log();
  const wait = () => new Promise(() => {});
  const headers = (request, context) => {
    contexts.add(context);
    return contexts.items.length < 3 ? {} : wait();
  };
  const client = connect(t, server.url, { headers });
  const sink = new Recorder();
  const dispose = client.subscribe(SUBSCRIPTION, sink);
  await sink.count(1);
  assert.deepEqual(contexts.items.map(({ attempt, reason, signal }) => [attempt, reason, signal.aborted]), [[1, 'connect', true], [2, 'connect', false]]);
  dispose();
  assert.ok(contexts.items[1].signal.aborted);
  const second = client.subscribe(SUBSCRIPTION, new Recorder());
  const [, , { signal }] = await contexts.count(3);
  assert.equal(signal.aborted, false);
  second();
  assert.equal(signal.aborted, true);
  await settled();
  assert.equal(server.exchanges.length, 2);
});

test('client.on: state, transport, retry, gap, message, error', async (t) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? stream(exchange, n).cut() : n === 1 ? stream(exchange, n).complete() : exchange.answer(400)));
  const client = connect(t, server.url);
  const log = new Log();
  for (const name of ['state', 'transport', 'retry', 'gap', 'message', 'error']) client.on(name, (event) => log.add([name, event]));
  const sink = new Recorder();
  const { id } = client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  const failing = new Recorder();
  const { id: second } = client.subscribe(SUBSCRIPTION, failing);
  const error = await failing.failed();
  const of = (name) => log.items.filter(([kind]) => kind === name).map(([, event]) => event);
  await log.until(() => of('error').length === 1);
  const states = ['idle', 'connecting', 'live', 'waiting', 'connecting', 'live', 'idle', 'connecting', 'idle'];
  assert.deepEqual(of('state'), states.slice(1).map((state, i) => ({ state, previous: states[i] })));
  assert.deepEqual(of('transport'), [1, 2].map((attempt) => ({ operation: id, transport: 'fetch', attempt })));
  const [retry] = of('retry');
  assert.deepEqual([retry.operation, retry.retries, typeof retry.delayMs, retry.error.code], [id, 0, 'number', 'cut']);
  assert.deepEqual(of('gap').map(({ operation, reason }) => [operation, reason]), [[id, 'reconnect']]);
  assert.deepEqual(of('message'), [
    { operation: id, event: 'next', data: result(0) },
    { operation: id, event: 'next', data: result(1) },
    { operation: id, event: 'complete', data: null },
  ]);
  assert.deepEqual(of('error'), [{ operation: second, error }]);
  assert.equal(of('error')[0].error, error);
});

test('client.on: its answer stops listening; the same listener twice is two', async (t) => {
  const server = await serve(t, stream);
  const client = connect(t, server.url);
  const log = new Log();
  const off = client.on('state', log.add);
  client.on('state', log.add);
  off();
  off();
  const sink = new Recorder();
  client.subscribe(SUBSCRIPTION, sink);
  await sink.count(1);
  assert.deepEqual(log.items.map(({ state }) => state), ['connecting', 'live']);
});

test('a listener that throws is reported, and disturbs nobody', async (t) => {
  const reported = new Log();
  t.mock.method(console, 'error', reported.add);
  const server = await serve(t, (exchange) => exchange.stream().next(result(1)).complete());
  const fail = (what) => () => {
    throw new Error(what);
  };
  const sink = new Recorder();
  const client = connect(t, server.url, { on: { connecting: fail('connecting'), connected: fail('connected') } });
  client.on('state', fail('on state'));
  client.on('message', fail('on message'));
  client.subscribe(SUBSCRIPTION, { ...sink, next: sink.next, error: sink.error, complete: () => (sink.complete(), fail('complete')()) }, { state: fail('state') });
  await sink.completed();
  assert.deepEqual(sink.results, [result(1)]);
  const told = new Set((await reported.until(() => reported.items.some(({ message }) => message === 'complete') && reported.items)).map(({ message }) => message));
  assert.deepEqual([...told].sort(), ['complete', 'connected', 'connecting', 'on message', 'on state', 'state']);
});

test('the state listener of one operation', async (t) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? stream(exchange, n).cut() : stream(exchange, n).complete()));
  const states = new Log();
  const sink = new Recorder();
  const dispose = connect(t, server.url).subscribe(SUBSCRIPTION, sink, { state: states.add });
  assert.equal(dispose.state, 'connecting');
  await sink.completed();
  assert.deepEqual(states.items, ['connecting', 'live', 'waiting', 'connecting', 'live', 'closed']);
  assert.equal(dispose.state, 'closed');
});

test('snapshot: the same object until something changes', async (t) => {
  const server = await serve(t, stream);
  const client = connect(t, server.url);
  const idle = client.snapshot();
  assert.equal(client.snapshot(), idle);
  assert.deepEqual(idle, {
    state: 'idle',
    transport: undefined,
    operations: [],
    ladder: [{ transport: 'fetch', usable: true, reason: undefined }],
    breakers: { fetch: { state: 'closed', openings: 0 } },
    counters: { results: 0, attempts: 0, failures: 0, gaps: 0, ignored: 0, oversize: 0 },
    payload: {
      transports: { fetch: { results: 0, bytes: 0, largest: 0, histogram: Array(10).fill(0), unfinished: 0, ceilingBytes: undefined } },
      ceilingBytes: undefined,
    },
  });
  const sink = new Recorder();
  const dispose = client.subscribe({ query: 'subscription Named { n }', operationName: 'Named' }, sink);
  assert.notEqual(client.snapshot(), idle);
  await sink.count(1);
  const live = client.snapshot();
  assert.equal(client.snapshot(), live);
  assert.deepEqual([live.state, live.transport, live.counters], ['live', 'fetch', { results: 1, attempts: 1, failures: 0, gaps: 0, ignored: 0, oversize: 0 }]);
  const { ladder, ...operation } = live.operations[0];
  assert.deepEqual(operation, { id: dispose.id, operationName: 'Named', kind: 'subscription', state: 'live', transport: 'fetch', attempt: 1, retries: 0, retryAt: undefined });
  assert.deepEqual(ladder, idle.ladder);
  server.exchanges[0].next(result(2));
  await sink.count(2);
  assert.notEqual(client.snapshot(), live);
  assert.equal(client.snapshot().counters.results, 2);
  dispose();
  assert.deepEqual([client.snapshot().state, client.snapshot().operations], ['idle', []]);
  client.dispose();
  const closed = client.snapshot();
  assert.equal(closed.state, 'closed');
  assert.equal(client.snapshot(), closed);
});

test('snapshot: the kinds of operations', (t) => {
  const client = connect(t, 'http://127.0.0.1:9/', { fetchFn: () => new Promise(() => {}) });
  const requests = [
    SUBSCRIPTION, { query: '{ n }' }, { query: 'query Q { n }' }, { query: 'mutation { n }' }, { extensions: { persistedQuery: {} } },
    { query: 'query Q { n } subscription S { n }', operationName: 'S' }, { query: 'query Q { n } subscription S { n }' },
    { query: '# mutation\nfragment F on X { subscription } subscription S { ...F }' },
  ];
  for (const request of requests) client.subscribe(request, new Recorder());
  const kinds = client.snapshot().operations.map(({ kind }) => kind);
  assert.deepEqual(kinds, ['subscription', 'query', 'query', 'mutation', 'unknown', 'subscription', 'unknown', 'subscription']);
});

test('reconnect replaces live connections, and tells the gap', async (t) => {
  const server = await serve(t, stream);
  const client = connect(t, server.url);
  const sinks = [new Recorder(), new Recorder()];
  const gaps = new Log();
  for (const sink of sinks) client.subscribe(SUBSCRIPTION, sink, { gap: ({ reason }) => gaps.add(reason) });
  await Promise.all(sinks.map((sink) => sink.count(1)));
  client.reconnect();
  await Promise.all(sinks.map((sink) => sink.count(2)));
  await Promise.all(server.exchanges.slice(0, 2).map((exchange) => exchange.gone()));
  assert.equal(server.exchanges.length, 4);
  assert.deepEqual(gaps.items, ['reconnect', 'reconnect']);
});

test('reconnect ends a wait, of backoff and of retry()', async (t) => {
  for (const options of [{ backoff: { initialMs: 1e9, maxMs: 1e9 } }, { retry: () => new Promise(() => {}) }]) {
    const server = await serve(t, (exchange, n) => (n === 0 ? exchange.answer(503, { 'retry-after': '600' }) : stream(exchange, n)));
    const client = connect(t, server.url, options);
    const waiting = new Log();
    client.on('retry', waiting.add);
    const sink = new Recorder();
    client.subscribe(SUBSCRIPTION, sink);
    await waiting.count(1);
    client.reconnect();
    await sink.count(1);
    assert.equal(server.exchanges.length, 2);
  }
});

test('calls made inside callbacks are inputs like any other', async (t) => {
  const server = await serve(t, (exchange, n) => exchange.stream().next(result(n)).next(result(n)).complete());
  const client = connect(t, server.url);
  const inner = new Recorder();
  const outer = new Recorder(() => {
    client.reconnect();
    client.snapshot();
    if (outer.results.length === 1) client.subscribe(SUBSCRIPTION, inner);
  });
  client.subscribe(SUBSCRIPTION, outer);
  await outer.completed();
  await inner.completed();
  assert.ok(outer.results.length >= 2);
});

test('client.dispose inside a callback', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().next(result(1)).next(result(2)));
  const client = connect(t, server.url);
  const sink = new Recorder(() => client.dispose());
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  await settled();
  assert.deepEqual(sink.results, [result(1)]);
  await server.exchanges[0].gone();
});

test('client.dispose while a backfill asks: its query is given up with it', async (t) => {
  // The subscription streams; the backfill's query gets no answer.
  const server = await serve(t, (exchange) => void (exchange.json.query === SUBSCRIPTION.query && exchange.stream()));
  const client = connect(t, server.url);
  const sink = new Recorder();
  const asked = new Promise((resolve) => {
    const backfill = async (gap, { execute }) => {
      const answer = execute({ query: '{ history }' });
      resolve({ answer });
      return [await answer];
    };
    client.subscribe(SUBSCRIPTION, sink, { continuity: { key: 'n', startAfter: '0', backfill } });
  });
  const { answer } = await asked;
  const refused = assert.rejects(answer);
  client.dispose();
  await refused;
  await sink.completed();
});

test('a client that was disposed of: every call has a plain answer', async () => {
  const client = createClient({ url: 'http://127.0.0.1:9/' });
  client.dispose();
  client.dispose();
  client.reconnect();
  const sink = new Recorder();
  const dispose = client.subscribe(SUBSCRIPTION, sink);
  assert.equal(dispose.state, 'closed');
  dispose();
  assert.equal((await sink.failed()).code, 'disposed');
  await assert.rejects(client.iterate(SUBSCRIPTION).next(), failure('disposed'));
  client.on('state', () => {})();
});

test('Symbol.dispose of clients and operations', async (t) => {
  const symbol = Symbol.dispose ?? Symbol.for('Symbol.dispose');
  const server = await serve(t, stream);
  const client = connect(t, server.url);
  const [one, two] = [new Recorder(), new Recorder()];
  const dispose = client.subscribe(SUBSCRIPTION, one);
  client.subscribe(SUBSCRIPTION, two);
  assert.equal(typeof dispose.id, 'number');
  dispose[symbol]();
  await one.completed();
  assert.equal(two.completions, 0);
  client[symbol]();
  await two.completed();
});
