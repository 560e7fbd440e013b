/** What networks and servers do, and what the application sees of it. */

import assert from 'node:assert/strict';
import { NetworkError } from '../../dist/index.js';
import { event, nobody, serve } from './support/http.mjs';
import { Log, Recorder, settled } from './support/notices.mjs';
import { connect, QUICK, result, SUBSCRIPTION, UNHINDERED } from './support/ours.mjs';
import { test } from './support/test.mjs';

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const PORTAL = '<!doctype html><title>Welcome to the hotel</title>';

test('a cut in the middle of an event: the half event is not delivered, the gap is told, the stream goes on', async (t) => {
  const server = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n > 0) exchange.next(result(2)).complete();
    else exchange.next(result(1)).write(event('next', JSON.stringify(result(-1))).slice(0, -3)).cut();
  });
  const sink = new Recorder();
  const gaps = new Log();
  const before = Date.now();
  connect(t, server.url).subscribe(SUBSCRIPTION, sink, { gap: gaps.add });
  await sink.completed();
  assert.deepEqual(sink.results, [result(1), result(2)]);
  assert.equal(server.exchanges.length, 2);
  const [{ reason, recovered, since }] = gaps.items;
  assert.deepEqual([gaps.items.length, reason, recovered], [1, 'reconnect', false]);
  assert.ok(since instanceof Date && since >= before && since <= Date.now());
});

test('a whole event without its empty line, then the end: it is not delivered', async (t) => {
  const server = await serve(t, (exchange, n) => {
    if (n > 0) exchange.stream().complete();
    else exchange.stream().write(event('next', JSON.stringify(result(1))).slice(0, -1)).end();
  });
  const sink = new Recorder();
  connect(t, server.url).subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(sink.results, []);
});

test('a finished event is delivered while the connection stays silent', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().write(event('next', JSON.stringify(result(1))) + 'event: next\ndata: {"da'));
  const sink = new Recorder();
  connect(t, server.url).subscribe(SUBSCRIPTION, sink);
  await sink.count(1);
  assert.deepEqual(sink.results, [result(1)]);
});

test('a clean end without complete is not completion', async (t) => {
  const server = await serve(t, (exchange, n) => {
    exchange.stream().next(result(n));
    if (n < 2) exchange.end();
    else exchange.complete();
  });
  const sink = new Recorder();
  const causes = new Log();
  const client = connect(t, server.url);
  client.on('retry', ({ error }) => causes.add(error.code));
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [result(0), result(1), result(2)]);
  assert.deepEqual([causes.items, sink.completions], [['cut', 'cut'], 1]);
});

test('complete without a data line is completion', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().write('event: complete\n\n'));
  const sink = new Recorder();
  connect(t, server.url).subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  await server.exchanges[0].gone();
});

for (const how of ['cut', 'end']) {
  test(`a server that flaps (one event, then ${how}) meets retryAttempts`, async (t) => {
    const server = await serve(t, (exchange, n) => exchange.stream().next(result(n))[how]());
    const sink = new Recorder();
    connect(t, server.url, { ...UNHINDERED, retryAttempts: 5 }).subscribe(SUBSCRIPTION, sink);
    const error = await sink.failed();
    assert.ok(error instanceof NetworkError);
    assert.deepEqual([error.code, error.cause.code, server.exchanges.length], ['retries-exhausted', 'cut', 6]);
    assert.deepEqual(sink.results, [0, 1, 2, 3, 4, 5].map(result));
    await settled();
    assert.equal(server.exchanges.length, 6);
  });
}

test('a server that flaps without a limit: the waits grow', async (t) => {
  const server = await serve(t, (exchange, n) => exchange.stream().next(result(n)).cut());
  const retries = new Log();
  const client = connect(t, server.url, UNHINDERED);
  client.on('retry', retries.add);
  client.subscribe(SUBSCRIPTION, new Recorder());
  const seen = await retries.count(8);
  assert.deepEqual(seen.map((retry) => retry.retries), [0, 1, 2, 3, 4, 5, 6, 7]);
});

/** A clock that the test puts forward, as the sleep of a device does; timers know nothing of it. */
function jumpingClock(t) {
  let ahead = 0;
  const { now } = performance;
  t.mock.method(performance, 'now', () => now.call(performance) + ahead);
  return (ms) => (ahead += ms);
}

test('a clock that has jumped over the next deadline leaves nobody waiting for a timer of before', async (t) => {
  const jump = jumpingClock(t);
  const server = await serve(t, (exchange, n) => exchange.stream().next(result(n)));
  const sink = new Recorder();
  // The next deadline is ten minutes away: without a jump this test would be over long before.
  const client = connect(t, server.url, { stall: false, breaker: { minHealthyMs: 600_000 } });
  client.subscribe(SUBSCRIPTION, sink);
  await sink.count(1);
  jump(3_600_000);
  server.exchanges[0].cut();
  await sink.count(2);
});

test('5 s of uptime start the count of retries again', async (t) => {
  const jump = jumpingClock(t);
  const server = await serve(t, (exchange, n) => exchange.stream().next(result(n)));
  const sink = new Recorder();
  const client = connect(t, server.url, { retryAttempts: 1 });
  const retries = new Log();
  client.on('retry', (retry) => retries.add(retry.retries));
  client.subscribe(SUBSCRIPTION, sink);
  for (let n = 0; n < 3; n++) {
    await sink.count(n + 1);
    jump(5_001);
    server.exchanges[n].cut();
  }
  await sink.count(4);
  server.exchanges[3].cut(); // too young to count as healthy
  assert.equal((await sink.failed()).code, 'retries-exhausted');
  assert.deepEqual(retries.items, [0, 0, 0]);
});

for (const [status, code] of [[401, 'unauthorized'], [400, 'http']]) {
  test(`a ${status} is one clear error, after one request`, async (t) => {
    const errors = [{ message: `no: ${status}` }];
    const server = await serve(t, (exchange) => exchange.answer(status, { 'content-type': 'application/json' }, JSON.stringify({ errors })));
    const sink = new Recorder();
    connect(t, server.url).subscribe(SUBSCRIPTION, sink);
    const error = await sink.failed();
    assert.ok(error instanceof NetworkError);
    const { retryable, transport } = error;
    assert.deepEqual({ code: error.code, status: error.status, retryable, transport, errors: error.errors }, { code, status, retryable: false, transport: 'fetch', errors });
    assert.match(error.message, new RegExp(String(status)));
    assert.equal(error.response.bodyUsed, false);
    assert.deepEqual(await error.response.json(), { errors });
    await settled();
    assert.deepEqual([server.exchanges.length, sink.errors.length, sink.completions], [1, 1, 0]);
  });
}

test('a refusal whose body is cut is still that refusal', async (t) => {
  const server = await serve(t, (exchange) => {
    exchange.response.writeHead(403, { 'content-type': 'application/json', 'content-length': '100' });
    exchange.write('{"errors":[').cut();
  });
  const sink = new Recorder();
  connect(t, server.url).subscribe(SUBSCRIPTION, sink);
  const error = await sink.failed();
  assert.deepEqual([error.code, error.status, error.errors], ['http', 403, undefined]);
  assert.equal(server.exchanges.length, 1);
});

test("a captive portal's HTML is retried with backoff until it is gone", async (t) => {
  const server = await serve(t, (exchange, n) => (n < 3 ? exchange.answer(200, HTML, PORTAL) : exchange.stream().next(result(n)).complete()));
  const sink = new Recorder();
  const retries = new Log();
  const client = connect(t, server.url, { ...UNHINDERED, backoff: { initialMs: 4, maxMs: 8, factor: 2 } });
  client.on('retry', retries.add);
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [result(3)]);
  assert.deepEqual(retries.items.map(({ error, retries: n }) => [error.code, error.status, error.retryable, n]), [0, 1, 2].map((n) => ['content-type', 200, true, n]));
  const tooLong = retries.items.filter(({ delayMs }, n) => !(delayMs >= 0 && delayMs <= [4, 8, 8][n]));
  assert.deepEqual(tooLong, []);
});

test("a captive portal's HTML is one error when retryAttempts is spent", async (t) => {
  const server = await serve(t, (exchange) => exchange.answer(200, HTML, PORTAL));
  const sink = new Recorder();
  connect(t, server.url, { retryAttempts: 3 }).subscribe(SUBSCRIPTION, sink);
  const error = await sink.failed();
  assert.deepEqual([error.code, error.cause.code, error.status, server.exchanges.length], ['retries-exhausted', 'content-type', 200, 4]);
  assert.equal(await error.response.text(), PORTAL);
  assert.deepEqual([sink.errors.length, sink.completions], [1, 0]);
});

test('the waits of backoff are drawn at random below their limit', async (t) => {
  const retries = new Log();
  const client = connect(t, 'http://127.0.0.1/', { ...UNHINDERED, fetchFn: () => Promise.reject(new Error('down')), backoff: { initialMs: 40, maxMs: 40, factor: 1 } });
  client.on('retry', ({ delayMs }) => retries.add(delayMs));
  for (let i = 0; i < 60; i++) client.subscribe(SUBSCRIPTION, new Recorder());
  const delays = (await retries.count(60)).slice(0, 60);
  const [low, high] = [Math.min(...delays), Math.max(...delays)];
  assert.ok(low >= 0 && low < 10 && high > 30 && high <= 40, `${low} to ${high}`);
});

test('Retry-After in seconds is waited for', async (t) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? exchange.answer(503, { 'retry-after': '1' }) : exchange.stream().complete()));
  const arrivals = [];
  const sink = new Recorder();
  const client = connect(t, server.url, { headers: () => void arrivals.push(performance.now()) });
  const retries = new Log();
  client.on('retry', retries.add);
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  const [{ delayMs, error }] = retries.items;
  assert.ok(delayMs >= 1000 && delayMs <= 1000 + QUICK.initialMs, `delayMs is ${delayMs}`);
  assert.equal(error.retryAfterMs, 1000);
  assert.ok(arrivals[1] - arrivals[0] >= 999, `after ${arrivals[1] - arrivals[0]} ms`);
});

test('Retry-After: a date, more than ten minutes, and nonsense', async (t) => {
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  const cases = [[inAMinute, 57_000, 60_100], ['999999', 600_000, 600_100], ['soon', 0, 100], [new Date(0).toUTCString(), 0, 100], ['-5', 0, 100]];
  for (const [retryAfter, low, high] of cases) {
    const server = await serve(t, (exchange) => exchange.answer(429, { 'retry-after': retryAfter }));
    const client = connect(t, server.url);
    const retries = new Log();
    client.on('retry', ({ delayMs }) => retries.add(delayMs));
    client.subscribe(SUBSCRIPTION, new Recorder());
    const [delayMs] = await retries.count(1);
    assert.ok(delayMs >= low && delayMs <= high, `${retryAfter}: ${delayMs} ms`);
    const { retryAt } = client.snapshot().operations[0] ?? {};
    if (low > 0) assert.ok(Math.abs(retryAt - Date.now() - delayMs) < 1_000, `retryAt is off: ${retryAt - Date.now()}`);
    client.dispose();
  }
});

test("the stream's retry: field is a floor for the wait", async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().write('retry: 120000\n\n').cut());
  const client = connect(t, server.url);
  const retries = new Log();
  client.on('retry', ({ delayMs }) => retries.add(delayMs));
  client.subscribe(SUBSCRIPTION, new Recorder());
  const [delayMs] = await retries.count(1);
  assert.ok(delayMs >= 120_000 && delayMs <= 120_010, `${delayMs}`);
});

test('200 with a JSON result is that result, then complete', async (t) => {
  for (const body of [result(1), { errors: [{ message: 'not subscribed' }] }]) {
    const server = await serve(t, (exchange) => exchange.json200(body));
    const sink = new Recorder();
    connect(t, server.url).subscribe(SUBSCRIPTION, sink);
    await sink.completed();
    assert.deepEqual(sink.results, [body]);
    assert.equal(server.exchanges.length, 1);
  }
});

test('200 with JSON that is no GraphQL response is retried, and told as protocol', async (t) => {
  const server = await serve(t, (exchange) => exchange.json200({ hello: 'world' }));
  const sink = new Recorder();
  connect(t, server.url, { retryAttempts: 1 }).subscribe(SUBSCRIPTION, sink);
  const error = await sink.failed();
  assert.deepEqual([error.code, error.cause.code, server.exchanges.length], ['retries-exhausted', 'protocol', 2]);
});

test('a server that is down and comes up', async (t) => {
  const down = await nobody();
  const server = await serve(t, (exchange) => exchange.stream().complete());
  let attempts = 0;
  const url = () => {
    attempts += 1;
    return attempts < 4 ? down : server.url;
  };
  const sink = new Recorder();
  const client = connect(t, url);
  const codes = new Log();
  client.on('retry', ({ error }) => codes.add(error.code));
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(codes.items, ['network', 'network', 'network']);
});

test('retry: if the application gives up, that is the error, and the client knows no wait', async (t) => {
  const server = await serve(t, (exchange) => exchange.answer(503));
  const announced = new Log();
  const sink = new Recorder();
  const client = connect(t, server.url, { retry: async (n) => { if (n === 2) throw new RangeError('no more'); } });
  client.on('retry', ({ delayMs }) => announced.add(delayMs));
  client.subscribe(SUBSCRIPTION, sink);
  assert.ok((await sink.failed()) instanceof RangeError);
  assert.deepEqual([announced.items, server.exchanges.length], [[undefined, undefined, undefined], 3]);
});
