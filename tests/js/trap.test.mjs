/** The module itself fails: every client on it ends with `internal`, and the next one works. */

import assert from 'node:assert/strict';
import { runChild } from './support/child.mjs';
import { event, serve } from './support/http.mjs';
import { Log, Recorder, settled } from './support/notices.mjs';
import { trappingEntry } from './support/packages.mjs';
import { test } from './support/test.mjs';

const { createClient, isLifelineError } = await import(trappingEntry);
const SUBSCRIPTION = { query: 'subscription { n }' };
const TRAP = event('lifeline-panic', '{}');
const result = (n) => ({ data: { n } });
const stream = (exchange, n) => exchange.stream().next(result(n));

function connect(t, options) {
  const client = createClient(options);
  t.after(() => client.dispose());
  return client;
}

test('every client of the instance ends with internal, and its connections are closed', async (t) => {
  const server = await serve(t, stream);
  const clients = [1, 2, 3].map(() => connect(t, { url: server.url }));
  const sinks = clients.flatMap((client) => {
    const pair = [new Recorder(), new Recorder()];
    for (const sink of pair) client.subscribe(SUBSCRIPTION, sink);
    return pair;
  });
  await Promise.all(sinks.map((sink) => sink.count(1)));
  const states = new Log();
  clients[2].on('state', states.add);
  server.exchanges[3].write(TRAP);
  const errors = await Promise.all(sinks.map((sink) => sink.failed()));
  for (const error of errors) {
    assert.ok(isLifelineError(error));
    assert.deepEqual([error.code, error.retryable], ['internal', false]);
    assert.ok(error.cause instanceof WebAssembly.RuntimeError, String(error.cause));
  }
  await Promise.all(server.exchanges.map((exchange) => exchange.gone()));
  await settled();
  assert.deepEqual(sinks.map((sink) => [sink.errors.length, sink.completions]), sinks.map(() => [1, 0]));
  assert.equal(server.exchanges.length, 6);
  assert.deepEqual(states.items, [{ state: 'closed', previous: 'live' }]);
  assert.deepEqual(clients.map((client) => client.snapshot().state), ['closed', 'closed', 'closed']);
});

test('a dead client answers every call plainly', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().write(TRAP));
  const client = connect(t, { url: server.url });
  const sink = new Recorder();
  const dispose = client.subscribe(SUBSCRIPTION, sink);
  await sink.failed();
  assert.equal(dispose.state, 'closed');
  dispose();
  client.reconnect();
  assert.deepEqual(client.snapshot().operations, []);
  assert.equal(client.snapshot(), client.snapshot());
  const late = new Recorder();
  assert.equal(client.subscribe(SUBSCRIPTION, late).state, 'closed');
  assert.equal((await late.failed()).code, 'internal');
  await assert.rejects(client.execute({ query: '{ n }' }), { code: 'internal' });
  await assert.rejects(client.iterate(SUBSCRIPTION).next(), { code: 'internal' });
  client.dispose();
  client.dispose();
  await settled();
  assert.deepEqual([sink.errors.length, sink.completions], [1, 0]);
});

test('iterators and execute of the instance reject', async (t) => {
  const server = await serve(t, (exchange) => {
    if (exchange.headers.accept === 'text/event-stream') stream(exchange, 1);
  });
  const client = connect(t, { url: server.url });
  const results = client.iterate(SUBSCRIPTION);
  const executing = assert.rejects(client.execute({ query: '{ n }' }), { code: 'internal' });
  assert.deepEqual(await results.next(), { done: false, value: result(1) });
  await server.exchange(1);
  server.exchanges.find(({ headers }) => headers.accept === 'text/event-stream').write(TRAP);
  await assert.rejects(results.next(), { code: 'internal' });
  await executing;
});

test('the next createClient works, again and again', async (t) => {
  for (let round = 0; round < 5; round++) {
    const server = await serve(t, (exchange, n) => {
      stream(exchange, n);
      if (n === 1) exchange.write(TRAP);
    });
    const [well, trapping, next] = [new Recorder(), new Recorder(), new Recorder()];
    const client = connect(t, { url: server.url });
    client.subscribe(SUBSCRIPTION, well);
    await well.count(1);
    client.subscribe(SUBSCRIPTION, trapping);
    assert.equal((await well.failed()).code, 'internal');
    connect(t, { url: server.url }).subscribe(SUBSCRIPTION, next);
    await next.count(1);
    assert.deepEqual(next.results, [result(2)]);
    server.exchanges[2].next(result(3)).complete();
    await next.completed();
  }
});

test('a sink may create the next client from its error', async (t) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? exchange.stream().write(TRAP) : stream(exchange, n)));
  const next = new Recorder();
  const sink = new Recorder();
  const error = () => connect(t, { url: server.url }).subscribe(SUBSCRIPTION, next);
  connect(t, { url: server.url }).subscribe(SUBSCRIPTION, { next: sink.next, complete: sink.complete, error });
  await next.count(1);
  assert.deepEqual(next.results, [result(1)]);
});

test('one client of several operations: those before dispose get complete alone', async (t) => {
  const server = await serve(t, stream);
  const client = connect(t, { url: server.url });
  const [gone, left] = [new Recorder(), new Recorder()];
  const dispose = client.subscribe(SUBSCRIPTION, gone);
  client.subscribe(SUBSCRIPTION, left);
  await Promise.all([gone.count(1), left.count(1)]);
  dispose();
  server.exchanges[1].write(TRAP);
  assert.equal((await left.failed()).code, 'internal');
  assert.deepEqual([gone.completions, gone.errors], [1, []]);
});

test('signals let go of a dead client', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().write(TRAP));
  const { signal } = new AbortController();
  let listeners = 0;
  t.mock.method(signal, 'addEventListener', () => void (listeners += 1));
  t.mock.method(signal, 'removeEventListener', () => void (listeners -= 1));
  const sink = new Recorder();
  connect(t, { url: server.url }).subscribe(SUBSCRIPTION, sink, { signal });
  await sink.failed();
  assert.equal(listeners, 0);
});

test('timers of the dead instance hold nothing: a process that waited ten minutes ends', async (t) => {
  const server = await serve(t, (exchange) => (exchange.url.endsWith('?waits') ? exchange.answer(503, { 'retry-after': '600' }) : exchange.stream().write(TRAP)));
  const ended = await runChild('trap-child.mjs', [server.url], { limitMs: 15_000 });
  assert.ok(ended.delayMs >= 600_000);
  assert.deepEqual([ended.live, ended.waiting], ['internal', 'internal']);
});
