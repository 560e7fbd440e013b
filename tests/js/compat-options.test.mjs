/** Options and errors: what graphql-sse's client does, ours does. The same bodies run against both. */

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { both, FEED, fed, serveGraphql } from './support/both.mjs';
import { event, nobody, serve } from './support/http.mjs';
import { Log, Recorder, settled } from './support/notices.mjs';

const unavailable = (exchange) => exchange.answer(503, { 'content-type': 'text/plain' }, 'down for repairs');

both('url and headers functions are called on each attempt, with the request', async (t, { create }) => {
  const server = await serve(t, (exchange, n) => (n < 2 ? unavailable(exchange) : exchange.stream().complete()));
  const asked = new Log();
  let attempt = 0;
  const sink = new Recorder();
  create({
    url: async (request) => {
      asked.add(request);
      attempt += 1;
      return `${server.url}?attempt=${attempt}`;
    },
    headers: async (request) => {
      asked.add(request);
      return { authorization: `token ${attempt}` };
    },
  }).subscribe(FEED, sink);
  await sink.completed();
  assert.deepEqual(server.exchanges.map(({ url, headers }) => [url, headers.authorization]), [
    ['/graphql?attempt=1', 'token 1'],
    ['/graphql?attempt=2', 'token 2'],
    ['/graphql?attempt=3', 'token 3'],
  ]);
  assert.deepEqual(asked.items, Array(6).fill(FEED));
});

both('url and headers functions need not be async', async (t, { create }) => {
  const server = await serve(t, (exchange) => exchange.stream().complete());
  const sink = new Recorder();
  create({ url: () => server.url, headers: () => ({ 'x-plain': 'yes' }) }).subscribe(FEED, sink);
  await sink.completed();
  assert.equal(server.exchanges[0].headers['x-plain'], 'yes');
});

both('fixed headers go along', async (t, { create }) => {
  const server = await serve(t, (exchange) => exchange.stream().complete());
  const sink = new Recorder();
  create({ url: server.url, headers: { authorization: 'Bearer x', 'x-y': 'z' } }).subscribe(FEED, sink);
  await sink.completed();
  const { headers } = server.exchanges[0];
  assert.deepEqual([headers.authorization, headers['x-y']], ['Bearer x', 'z']);
});

both('fetchFn is used, and given credentials, referrer, referrerPolicy and a signal', async (t, { create }) => {
  const { url } = await serveGraphql(t);
  const calls = new Log();
  const fetchFn = (...call) => {
    calls.add(call);
    return fetch(...call);
  };
  const given = { credentials: 'include', referrer: 'about:client', referrerPolicy: 'no-referrer' };
  const sink = new Recorder();
  create({ url, fetchFn, ...given }).subscribe({ query: '{ hello }' }, sink);
  await sink.completed();
  assert.equal(calls.items.length, 1);
  const [address, { credentials, referrer, referrerPolicy, signal, method }] = calls.items[0];
  assert.equal(address, url);
  assert.deepEqual({ credentials, referrer, referrerPolicy }, given);
  assert.equal(method, 'POST');
  assert.ok(signal instanceof AbortSignal);
});

both('credentials are same-origin unless set', async (t, { create }) => {
  const calls = new Log();
  create({ url: 'http://localhost/', fetchFn: (_, init) => new Promise(() => calls.add(init)) }).subscribe(FEED, new Recorder());
  assert.equal((await calls.count(1))[0].credentials, 'same-origin');
});

both('a fetchFn may answer with a Node stream', async (t, { create }) => {
  const fetchFn = async () => ({
    ok: true,
    status: 200,
    statusText: 'OK',
    headers: new Headers({ 'content-type': 'text/event-stream' }),
    body: Readable.from(split(event('next', JSON.stringify(fed('é€😀'))) + event('complete', ''))),
  });
  const sink = new Recorder();
  create({ url: 'http://localhost/', fetchFn }).subscribe(FEED, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [fed('é€😀')]);
});

both('abortControllerImpl is used, and aborted by dispose', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  const made = new Log();
  class OwnController extends AbortController {
    constructor() {
      super();
      made.add(this);
    }
  }
  const sink = new Recorder();
  const dispose = create({ url, abortControllerImpl: OwnController }).subscribe(FEED, sink);
  const feed = await feeds.opened(0);
  assert.ok(made.items.length > 0);
  assert.ok(made.items.every(({ signal }) => !signal.aborted));
  dispose();
  await sink.completed();
  await feed.until(() => feed.returned);
  assert.ok(made.items.some(({ signal }) => signal.aborted));
});

both('retry is called with 0, 1, 2; retryAttempts limits it; the error holds the unread response', async (t, { create, NetworkError }) => {
  const server = await serve(t, unavailable);
  const retries = new Log();
  const sink = new Recorder();
  create({ url: server.url, retryAttempts: 3, retry: async (n) => retries.add(n) }).subscribe(FEED, sink);
  const error = await sink.failed();
  assert.deepEqual(retries.items, [0, 1, 2]);
  assert.equal(server.exchanges.length, 4);
  assert.ok(error instanceof NetworkError);
  assert.equal(error.response.status, 503);
  assert.equal(error.response.bodyUsed, false);
  assert.equal(await error.response.text(), 'down for repairs');
  await settled();
  assert.equal(sink.completions, 0);
});

both('retryAttempts 0: the first failure is the error', async (t, { create, NetworkError }) => {
  const server = await serve(t, unavailable);
  const sink = new Recorder();
  create({ url: server.url, retryAttempts: 0 }).subscribe(FEED, sink);
  assert.ok((await sink.failed()) instanceof NetworkError);
  assert.equal(server.exchanges.length, 1);
});

both('a server that is not there: NetworkError without a response', async (t, { create, NetworkError }) => {
  const retries = new Log();
  const sink = new Recorder();
  create({ url: await nobody(), retryAttempts: 2, retry: async (n) => retries.add(n) }).subscribe(FEED, sink);
  const error = await sink.failed();
  assert.ok(error instanceof NetworkError);
  assert.equal(error.response, undefined);
  assert.deepEqual(retries.items, [0, 1]);
});

both('a stream that is cut goes on after a reconnect', async (t, { create }) => {
  const server = await serve(t, (exchange, n) => {
    exchange.stream().next(fed(`from ${n}`));
    if (n < 2) exchange.cut();
    else exchange.complete();
  });
  const sink = new Recorder();
  create({ url: server.url, retryAttempts: 5 }).subscribe(FEED, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [0, 1, 2].map((n) => fed(`from ${n}`)));
});

both('what retry() rejects with is the error', async (t, { create }) => {
  const server = await serve(t, unavailable);
  const sink = new Recorder();
  create({ url: server.url, retry: async () => { throw new Error('enough'); } }).subscribe(FEED, sink);
  assert.equal((await sink.failed()).message, 'enough');
  assert.equal(server.exchanges.length, 1);
});

both('dispose while retry() waits completes the sink, and nothing is sent any more', async (t, { create }) => {
  const server = await serve(t, unavailable);
  const waits = new Log();
  const sink = new Recorder();
  const retry = () => new Promise((resolve) => waits.add(resolve));
  const dispose = create({ url: server.url, retry }).subscribe(FEED, sink);
  const [proceed] = await waits.count(1);
  dispose();
  proceed(); // graphql-sse looks at its signal only then
  await sink.completed();
  await settled();
  assert.equal(server.exchanges.length, 1);
});

both('client.dispose while retry() waits: the same', async (t, { create }) => {
  const server = await serve(t, unavailable);
  const waits = new Log();
  const sink = new Recorder();
  const client = create({ url: server.url, retry: () => new Promise((resolve) => waits.add(resolve)) });
  client.subscribe(FEED, sink);
  const [proceed] = await waits.count(1);
  client.dispose();
  proceed();
  await sink.completed();
  await settled();
  assert.equal(server.exchanges.length, 1);
});

/** One byte at a time. */
function split(text) {
  return [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
}
