/** Mutations and queries: sent once, and never again. */

import assert from 'node:assert/strict';
import { isLifelineError, NetworkError } from '../../dist/index.js';
import { nobody, serve } from './support/http.mjs';
import { Log, Recorder, settled } from './support/notices.mjs';
import { connect, failure, result, SUBSCRIPTION } from './support/ours.mjs';
import { test } from './support/test.mjs';

const MUTATION = { query: 'mutation M($n: Int) { n(n: $n) }', variables: { n: 1 } };
const QUERY = { query: '{ n }' };
const PERSISTED = { extensions: { persistedQuery: { sha256Hash: 'abc', version: 1 } } };
const JSON_TYPE = { 'content-type': 'application/json' };

const ends = {
  'the connection is reset before the answer': (exchange) => exchange.response.socket.resetAndDestroy(),
  'the stream is cut': (exchange) => exchange.stream().cut(),
  'the stream ends without complete': (exchange) => exchange.stream().end(),
  'the stream is cut after a result': (exchange) => exchange.stream().next(result(1)).cut(),
};
const requests = { mutation: MUTATION, query: QUERY, 'operation that cannot be read': PERSISTED };

for (const [kind, request] of Object.entries(requests)) {
  for (const [what, end] of Object.entries(ends)) {
    test(`a ${kind} is not sent again when ${what}`, async (t) => {
      const server = await serve(t, end);
      const sink = new Recorder();
      connect(t, server.url).subscribe(request, sink);
      const error = await sink.failed();
      assert.ok(error instanceof NetworkError);
      assert.deepEqual([error.code, error.retryable, error.transport], ['cut', false, 'fetch']);
      await settled();
      assert.deepEqual([server.exchanges.length, sink.errors.length, sink.completions], [1, 1, 0]);
    });
  }
}

test('a mutation that is refused with 503 is not sent again either', async (t) => {
  const server = await serve(t, (exchange) => exchange.answer(503, { 'retry-after': '0' }));
  const sink = new Recorder();
  connect(t, server.url).subscribe(MUTATION, sink);
  const error = await sink.failed();
  assert.deepEqual([error.code, error.status, server.exchanges.length], ['http', 503, 1]);
});

test('a mutation whose headers() failed was never sent, and is tried again', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().next(result(1)).complete());
  let calls = 0;
  const headers = async () => {
    calls += 1;
    if (calls < 3) throw new Error('no token yet');
    return {};
  };
  const sink = new Recorder();
  connect(t, server.url, { headers }).subscribe(MUTATION, sink);
  await sink.completed();
  assert.deepEqual([sink.results, server.exchanges.length], [[result(1)], 1]);
});

test('resubscribe: false, for one operation and for the client', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().next(result(1)).cut());
  for (const [options, own] of [[{}, { resubscribe: false }], [{ resubscribe: false }, {}]]) {
    const sink = new Recorder();
    const before = server.exchanges.length;
    connect(t, server.url, options).subscribe(SUBSCRIPTION, sink, own);
    assert.equal((await sink.failed()).code, 'cut');
    assert.equal(server.exchanges.length, before + 1);
  }
});

test('resubscribe: true, where the kind cannot be read', async (t) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? exchange.stream().cut() : exchange.stream().complete()));
  const sink = new Recorder();
  connect(t, server.url).subscribe(PERSISTED, sink, { resubscribe: true });
  await sink.completed();
  assert.equal(server.exchanges.length, 2);
});

test('reconnect() does not send side effects again, nor disturb them', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream());
  const client = connect(t, server.url);
  const sink = new Recorder();
  client.subscribe(MUTATION, sink);
  const exchange = await server.exchange(0);
  client.reconnect();
  exchange.next(result(1)).complete();
  await sink.completed();
  assert.deepEqual([server.exchanges.length, sink.results], [1, [result(1)]]);
});

test('execute is one plain POST, to httpUrl', async (t) => {
  const server = await serve(t, (exchange) => exchange.json200(result(exchange.json.variables?.n ?? 0)));
  const client = connect(t, 'http://127.0.0.1:9/events', { httpUrl: server.url, headers: () => ({ 'x-token': '1' }), method: 'GET' });
  assert.deepEqual(await client.execute(MUTATION), result(1));
  const [{ method, headers, json, url }] = server.exchanges;
  assert.deepEqual([method, url, json, headers['x-token']], ['POST', '/graphql', MUTATION, '1']);
  assert.match(headers.accept, /application\/graphql-response\+json.*application\/json/);
  assert.match(headers['content-type'], /application\/json/);
  assert.equal(client.snapshot().operations.length, 0);
});

test('execute uses url where there is no httpUrl, and httpUrl may be a function', async (t) => {
  const server = await serve(t, (exchange) => exchange.json200(result(exchange.url)));
  assert.deepEqual(await connect(t, server.url).execute(QUERY), result('/graphql'));
  const asked = new Log();
  const httpUrl = async (request) => {
    asked.add(request);
    return `${server.url}?from=function`;
  };
  assert.deepEqual(await connect(t, server.url, { httpUrl }).execute(QUERY), result('/graphql?from=function'));
  assert.deepEqual(asked.items, [QUERY]);
});

test('execute resolves with GraphQL errors', async (t) => {
  const errors = [{ message: 'no such field' }];
  const typed = { 'content-type': 'application/graphql-response+json; charset=utf-8' };
  const answers = [[200, JSON_TYPE], [200, {}], [400, typed]];
  const server = await serve(t, (exchange, n) => exchange.answer(...answers[n], JSON.stringify({ errors })));
  const client = connect(t, server.url);
  for (const _ of answers) assert.deepEqual(await client.execute(QUERY), { errors });
});

const refusals = [
  [401, JSON_TYPE, '{"errors":[{"message":"who are you"}]}', 'unauthorized'],
  [400, JSON_TYPE, '{"errors":[{"message":"bad"}]}', 'http'],
  [500, { 'content-type': 'text/html' }, '<h1>oops</h1>', 'http'],
  [503, JSON_TYPE, '{}', 'http'],
  [200, { 'content-type': 'text/html' }, '<h1>login</h1>', 'content-type'],
  [200, JSON_TYPE, '{"data":', 'protocol'],
  [200, JSON_TYPE, '{"hello":1}', 'protocol'],
];
for (const [status, headers, body, code] of refusals) {
  test(`execute rejects with ${code} for ${status} ${body}, after one request`, async (t) => {
    const server = await serve(t, (exchange) => exchange.answer(status, headers, body));
    await assert.rejects(connect(t, server.url).execute(MUTATION), (error) => {
      assert.ok(isLifelineError(error));
      assert.deepEqual([error.code, error.status, error.response.status], [code, status, status]);
      if (body.includes('message')) assert.equal(error.errors[0].message, JSON.parse(body).errors[0].message);
      return true;
    });
    assert.equal(server.exchanges.length, 1);
  });
}

test('execute rejects with cut where the connection is lost, or was never there', async (t) => {
  const server = await serve(t, (exchange) => exchange.response.socket.resetAndDestroy());
  for (const url of [server.url, await nobody()]) await assert.rejects(connect(t, url).execute(MUTATION), failure('cut'));
  assert.equal(server.exchanges.length, 1);
});

test('execute: an aborted signal rejects with its reason, and frees the connection', async (t) => {
  const server = await serve(t, () => {});
  const client = connect(t, server.url);
  const control = new AbortController();
  const running = client.execute(QUERY, { signal: control.signal });
  const exchange = await server.exchange(0);
  control.abort(new Error('the user left'));
  await assert.rejects(running, /the user left/);
  await exchange.gone();
  await assert.rejects(client.execute(QUERY, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.equal(server.exchanges.length, 1);
});

test('execute: a client that is disposed of rejects', async (t) => {
  const server = await serve(t, () => {});
  const client = connect(t, server.url);
  const running = client.execute(QUERY);
  await server.exchange(0);
  client.dispose();
  await assert.rejects(running, failure('disposed'));
  await assert.rejects(client.execute(QUERY), failure('disposed'));
});

test('execute: what is no request rejects', async (t) => {
  await assert.rejects(connect(t, 'http://127.0.0.1:9/').execute({}), failure('option', /the request must/));
});

test('execute: connectTimeoutMs', async (t) => {
  const server = await serve(t, () => {});
  await assert.rejects(connect(t, server.url, { connectTimeoutMs: 400 }).execute(QUERY), failure('timeout'));
  await server.exchanges[0]?.gone();
});
