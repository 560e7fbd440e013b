/** graphql-sse's single connection mode, against its own handler and the Rust server. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { createHandler } from 'graphql-sse/lib/use/http';
import { startServer } from '../../scripts/lib/server.mjs';
import { listen } from './support/http.mjs';
import { Log, poll, Recorder } from './support/notices.mjs';
import { connect, QUICK, UNHINDERED } from './support/ours.mjs';
import { makeSchema } from './support/schema.mjs';
import { test } from './support/test.mjs';

const FEED = { query: 'subscription { feed }' };
const MESSAGES = { query: 'subscription { messages { id text } }' };
const fed = (sink) => sink.results.map(({ data }) => data.feed);
const ids = (sink) => sink.results.map(({ data }) => data.messages.id);

/** graphql-sse's handler; `methods` are those of the requests so far. `meddle` may answer one in its place. */
async function serve(t, meddle = () => false) {
  const { schema, feeds } = makeSchema();
  const methods = new Log();
  const handler = createHandler({ schema });
  const url = await listen(t, (request, response) => {
    methods.add(request.method);
    if (!meddle(request, response)) return handler(request, response);
  });
  return { url, feeds, methods };
}

function subscribe(client, request = FEED, options) {
  const sink = new Recorder();
  sink.dispose = client.subscribe(request, sink, options);
  return sink;
}

test('forty subscriptions and a query over one stream', async (t) => {
  const { url, feeds, methods } = await serve(t);
  const client = connect(t, url, { singleConnection: true });
  const sinks = Array.from({ length: 40 }, () => subscribe(client));
  await feeds.opened(39);
  for (const [n, feed] of feeds.list.entries()) feed.push(`${n}a`, `${n}b`);
  for (const sink of sinks) await sink.count(2);
  assert.deepEqual(sinks.flatMap(fed).sort(), sinks.flatMap((_, n) => [`${n}a`, `${n}b`]).sort());
  const query = subscribe(client, { query: '{ hello }' });
  await query.completed();
  assert.deepEqual(query.results, [{ data: { hello: 'Hello you' } }]);
  const count = (method) => methods.items.filter((each) => each === method).length;
  assert.deepEqual([count('PUT'), count('GET'), count('POST'), count('DELETE')], [1, 1, 41, 0]);
});

// graphql-sse puts a second question mark behind it, and the operation is never ended.
test('a URL with a query: operations are ended on the server', async (t) => {
  const { url, feeds, methods } = await serve(t);
  const client = connect(t, `${url}?a=1&b=%20#top`, { singleConnection: true });
  const [first, second] = [subscribe(client), subscribe(client)];
  await feeds.opened(1);
  first.dispose();
  await first.completed();
  await feeds.list[0].until(({ returned }) => returned);
  assert.equal(feeds.list[1].returned, false);
  feeds.list[1].push('still there');
  await second.count(1);
  assert.equal(methods.items.at(-1), 'DELETE');
});

test('operations complete one by one, and the stream ends behind the last', async (t) => {
  const { url, feeds } = await serve(t);
  const client = connect(t, url, { singleConnection: true });
  const sinks = [subscribe(client), subscribe(client)];
  await feeds.opened(1);
  feeds.list[0].push('x');
  feeds.list[0].end();
  const ended = await Promise.race(sinks.map(async (sink) => (await sink.completed(), sink)));
  assert.deepEqual(fed(ended), ['x']);
  assert.equal(client.snapshot().operations.length, 1);
  feeds.list[1].end();
  for (const sink of sinks) await sink.completed();
  assert.equal(client.snapshot().state, 'idle');
});

test('lazy: false opens the stream at once and tells why it cannot stay', async (t) => {
  let refused = false;
  const { url, feeds, methods } = await serve(t, (request, response) => {
    if (refused) response.writeHead(403).end();
    return refused;
  });
  const errors = new Log();
  const client = connect(t, url, { singleConnection: true, lazy: false, onNonLazyError: errors.add });
  await methods.count(2);
  assert.deepEqual(methods.items, ['PUT', 'GET']);
  const sink = subscribe(client);
  await feeds.opened(0);
  sink.dispose();
  await methods.until(() => methods.items.at(-1) === 'DELETE');
  refused = true;
  client.reconnect();
  const [error] = await errors.count(1);
  assert.deepEqual([error.code, error.status], ['http', 403]);
});

test('lazyCloseTimeout: the stream waits for the next operation', async (t) => {
  const { url, feeds, methods } = await serve(t);
  const client = connect(t, url, { singleConnection: true, lazyCloseTimeout: 60_000 });
  const first = subscribe(client);
  await feeds.opened(0);
  first.dispose();
  subscribe(client);
  await feeds.opened(1);
  assert.equal(methods.items.filter((method) => method === 'PUT').length, 1);
});

test('a server that has no single connection: true is an error, auto needs none', async (t) => {
  const { url, feeds } = await serve(t, (request, response) => {
    if (request.method === 'PUT') response.writeHead(405, { 'content-type': 'application/json' }).end('{"errors":[{"message":"no"}]}');
    return request.method === 'PUT';
  });
  const error = await subscribe(connect(t, url, { singleConnection: true })).failed();
  assert.deepEqual([error.code, error.status], ['http', 405]);
  const sink = subscribe(connect(t, url, { singleConnection: 'auto' }));
  (await feeds.opened(0)).push('x');
  await sink.count(1);
});

// enisdenjo/graphql-sse#112: behind a load balancer another process answers, and nothing works.
test('where the server forgets its reservations, everyone has a stream of its own, and is told', async (t) => {
  const server = await startServer({ port: 0 });
  t.after(() => server.stop());
  const client = connect(t, `${server.url}/graphql`, { singleConnection: true, ...UNHINDERED });
  const limits = new Log();
  client.on('limit', limits.add);
  await post(server, '/faults', { profile: 'balancer' });
  const sinks = [subscribe(client, MESSAGES), subscribe(client, MESSAGES)];
  await poll(() => client.snapshot().operations.every(({ state }) => state === 'live'));
  assert.deepEqual((await limits.count(2)).map(({ action }) => action), ['distinct', 'distinct']);
  await send(server, 'hello');
  for (const sink of sinks) await sink.count(1);
});

let server;
before(async () => (server = await startServer({ port: 0 })));
after(() => server?.stop());

const post = async ({ url }, path, body) => (await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json();
const send = (to, text) => post(to, '/graphql', { query: 'mutation ($text: String!) { send(author: "a", text: $text) { id } }', variables: { text } });

const continuity = {
  key: 'messages.id',
  settleMs: 50,
  startAfter: '0',
  async backfill({ lastKey }, { execute }) {
    const { data } = await execute({ query: 'query ($after: Int) { history(after: $after, last: 1000) { id text } }', variables: { after: Number(lastKey) } });
    return data.history.map((messages) => ({ data: { messages } }));
  },
};

test('the stream is cut again and again: all come back on one stream, nothing is lost, nothing twice', async (t) => {
  await fetch(`${server.url}/reset`, { method: 'POST' });
  const client = connect(t, `${server.url}/graphql`, { singleConnection: true, backoff: QUICK, ...UNHINDERED, continuity });
  const sinks = Array.from({ length: 10 }, () => subscribe(client, MESSAGES));
  const live = () => poll(() => client.snapshot().operations.every(({ state }) => state === 'live'));
  for (let round = 1; round <= 5; round++) {
    await live();
    await post(server, '/faults', { profile: round % 2 ? 'cut' : 'clean-end' });
    await send(server, `${round}`);
  }
  for (const sink of sinks) await sink.count(5);
  await live();
  await send(server, 'last');
  for (const sink of sinks) await sink.count(6);
  for (const sink of sinks) assert.deepEqual(ids(sink), [1, 2, 3, 4, 5, 6]);
  for (const sink of sinks) sink.dispose();
  await poll(async () => (await (await fetch(`${server.url}/stats`)).json()).reservations === 0);
});

test('an expired token is asked for once, for the stream and all who ride on it', async (t) => {
  const own = await startServer({ port: 0 });
  t.after(() => own.stop());
  const reasons = [];
  let token = (await (await fetch(`${own.url}/token`)).json()).token;
  const client = connect(t, `${own.url}/graphql`, {
    singleConnection: true,
    backoff: QUICK,
    ...UNHINDERED,
    async headers(request, { reason }) {
      if (reason === 'unauthorized') {
        reasons.push(reason);
        token = (await (await fetch(`${own.url}/token`)).json()).token;
      }
      return { authorization: `Bearer ${token}` };
    },
  });
  const sinks = Array.from({ length: 50 }, () => subscribe(client, MESSAGES));
  const live = () => poll(() => client.snapshot().operations.every(({ state }) => state === 'live'));
  await live();
  await post(own, '/faults', { profile: 'token-expires' });
  await poll(() => reasons.length > 0);
  await live();
  await send(own, 'after');
  for (const sink of sinks) await sink.count(1);
  assert.deepEqual(reasons, ['unauthorized']);
});
