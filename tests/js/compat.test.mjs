/** Operations: what graphql-sse's client does, ours does. The same bodies run against both, on graphql-sse's server. */

import assert from 'node:assert/strict';
import { both, FEED, fed, serveGraphql } from './support/both.mjs';
import { event, serve } from './support/http.mjs';
import { Log, Recorder, settled } from './support/notices.mjs';

both('a query is one result, then complete', async (t, { create }) => {
  const { url } = await serveGraphql(t);
  const sink = new Recorder();
  create({ url }).subscribe({ query: 'query Q($name: String) { hello(name: $name) }', variables: { name: 'Ada' }, operationName: 'Q' }, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [{ data: { hello: 'Hello Ada' } }]);
});

both('a mutation is executed once', async (t, { create }) => {
  const { url } = await serveGraphql(t);
  const client = create({ url });
  for (const total of [2, 4]) {
    const sink = new Recorder();
    client.subscribe({ query: 'mutation { add(by: 2) }' }, sink);
    await sink.completed();
    assert.deepEqual(sink.results, [{ data: { add: total } }]);
  }
});

both('a subscription delivers in order, then completes once', async (t, { create }) => {
  const { url } = await serveGraphql(t);
  const sink = new Recorder();
  create({ url }).subscribe({ query: 'subscription { count(to: 500) }' }, sink);
  await sink.completed();
  await settled();
  assert.deepEqual(sink.results, Array.from({ length: 500 }, (_, i) => ({ data: { count: i + 1 } })));
  assert.equal(sink.completions, 1);
});

both('validation errors are a result', async (t, { create }) => {
  const { url } = await serveGraphql(t);
  const sink = new Recorder();
  create({ url }).subscribe({ query: 'subscription { nothingOfTheKind }' }, sink);
  await sink.completed();
  assert.match(sink.results[0].errors[0].message, /nothingOfTheKind/);
});

both('the request goes out as it was given', async (t, { create }) => {
  const server = await serve(t, (exchange) => exchange.stream().complete());
  const request = { query: '{ a }', variables: { x: [1, 'ü', null] }, operationName: 'A', extensions: { traced: true } };
  const sink = new Recorder();
  create({ url: server.url }).subscribe(request, sink);
  await sink.completed();
  const [{ method, headers, json }] = server.exchanges;
  assert.equal(method, 'POST');
  assert.equal(headers.accept, 'text/event-stream');
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  assert.deepEqual(json, request);
});

both('dispose completes the sink and ends the operation on the server', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  const sink = new Recorder();
  const dispose = create({ url }).subscribe(FEED, sink);
  const feed = await feeds.opened(0);
  feed.push('one');
  await sink.count(1);
  dispose();
  await sink.completed();
  await feed.until(() => feed.returned);
  dispose();
  await settled();
  assert.equal(sink.completions, 1);
  assert.deepEqual(sink.results, [fed('one')]);
});

both('dispose before the server has answered completes the sink', async (t, { create }) => {
  const server = await serve(t, () => {});
  const sink = new Recorder();
  const dispose = create({ url: server.url }).subscribe(FEED, sink);
  const exchange = await server.exchange(0);
  dispose();
  await sink.completed();
  await exchange.gone();
  assert.equal(server.exchanges.length, 1);
});

both('client.dispose completes every operation', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  const client = create({ url });
  const sinks = [new Recorder(), new Recorder(), new Recorder()];
  for (const sink of sinks) client.subscribe(FEED, sink);
  await feeds.opened(2);
  client.dispose();
  await Promise.all(sinks.map((sink) => sink.completed()));
  await Promise.all(feeds.list.map((feed) => feed.until(() => feed.returned)));
});

both('operations of one client do not disturb each other', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  const client = create({ url });
  const [one, two] = [new Recorder(), new Recorder()];
  const dispose = client.subscribe(FEED, one);
  const first = await feeds.opened(0);
  client.subscribe(FEED, two);
  const second = await feeds.opened(1);
  dispose();
  await one.completed();
  second.push('for two');
  await two.count(1);
  assert.deepEqual([one.results, two.results], [[], [fed('for two')]]);
  assert.equal(first.returned || (await first.until(() => first.returned)), true);
  assert.equal(two.completions, 0);
});

both('iterate yields every result and ends with the server', async (t, { create }) => {
  const { url } = await serveGraphql(t);
  const counts = [];
  for await (const { data } of create({ url }).iterate({ query: 'subscription { count(to: 50) }' })) counts.push(data.count);
  assert.deepEqual(counts, Array.from({ length: 50 }, (_, i) => i + 1));
});

both('break in a loop over iterate ends the operation', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  const results = create({ url }).iterate(FEED);
  const feed = await feeds.opened(0);
  feed.push('one', 'two');
  for await (const result of results) {
    assert.deepEqual(result, fed('one'));
    break;
  }
  await feed.until(() => feed.returned);
});

both('an error thrown in a loop over iterate ends the operation', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  const results = create({ url }).iterate(FEED);
  const feed = await feeds.opened(0);
  feed.push('one');
  await assert.rejects(async () => {
    for await (const result of results) throw new Error(result.data.feed);
  }, /one/);
  await feed.until(() => feed.returned);
});

both('return ends a waiting next()', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  const results = create({ url }).iterate(FEED);
  const feed = await feeds.opened(0);
  const waiting = results.next();
  assert.deepEqual(await results.return(), { done: true, value: undefined });
  assert.deepEqual(await waiting, { done: true, value: undefined });
  await feed.until(() => feed.returned);
});

both('throw makes a waiting next() reject', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  const results = create({ url }).iterate(FEED);
  await feeds.opened(0);
  const waiting = assert.rejects(results.next(), /enough/);
  assert.deepEqual(await results.throw(new Error('enough')), { done: true, value: undefined });
  await waiting;
});

both('iterate throws an error after the results that came before it', async (t, { create }) => {
  const server = await serve(t, (exchange) => exchange.stream().write(event('next', '{"data":{"n":1}}') + event('next', '{"data":{"n":2}}') + event('complete', '')));
  const refuse = ({ event: name }) => {
    if (name === 'complete') throw new Error('refused');
  };
  const results = create({ url: server.url, on: { message: refuse } }).iterate(FEED);
  const got = [];
  await assert.rejects(async () => {
    for await (const { data } of results) got.push(data.n);
  }, /refused/);
  assert.deepEqual(got, [1, 2]);
});

both('listeners of client and operation: connecting, connected, message', async (t, { create }) => {
  const { url } = await serveGraphql(t);
  const log = new Log();
  const listeners = (whose) => ({
    connecting: (again) => log.add([whose, 'connecting', again]),
    connected: (again) => log.add([whose, 'connected', again]),
    message: ({ event: name, data }) => log.add([whose, name, data]),
  });
  const sink = new Recorder();
  const onMessage = ({ event: name, data }) => log.add(['old', name, data]);
  create({ url, on: listeners('client'), onMessage }).subscribe({ query: '{ hello }' }, sink, listeners('operation'));
  await sink.completed();
  await log.count(10);
  const message = ['next', { data: { hello: 'Hello you' } }];
  const of = (whose) => log.items.filter(([name]) => name === whose).map(([, ...rest]) => rest);
  const expected = [['connecting', false], ['connected', false], message, ['complete', null]];
  assert.deepEqual(of('client'), expected);
  assert.deepEqual(of('operation'), expected);
  assert.deepEqual(of('old'), expected.slice(2));
});

both('a reconnect is announced as one', async (t, { create }) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? exchange.response.destroy() : exchange.stream().complete()));
  const log = new Log();
  const sink = new Recorder();
  const on = { connecting: (again) => log.add(`connecting ${again}`), connected: (again) => log.add(`connected ${again}`) };
  create({ url: server.url }).subscribe(FEED, sink, on);
  await sink.completed();
  assert.deepEqual(log.items, ['connecting false', 'connecting true', 'connected true']);
});

both('what a message listener throws ends the operation at once', async (t, { create }) => {
  const { url, feeds } = await serveGraphql(t);
  for (const options of [{ on: { message: boom } }, { onMessage: boom }]) {
    const sink = new Recorder();
    const opened = feeds.list.length;
    create({ url, ...options }).subscribe(FEED, sink);
    const feed = await feeds.opened(opened);
    feed.push('one');
    assert.equal((await sink.failed()).message, 'boom');
    await settled();
    assert.equal(sink.completions, 0);
    assert.equal(feeds.list.length, opened + 1);
  }
});

both('what sink.next throws ends the operation with that error', async (t, { create }) => {
  const server = await serve(t, (exchange) => exchange.stream().next({ data: 1 }).next({ data: 2 }));
  const sink = new Recorder(boom);
  create({ url: server.url }).subscribe(FEED, sink);
  assert.equal((await sink.failed()).message, 'boom');
  await settled();
  assert.deepEqual([sink.results.length, sink.completions, server.exchanges.length], [1, 0, 1]);
});

function boom() {
  throw new Error('boom');
}
