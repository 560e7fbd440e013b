/** graphql-transport-ws: against graphql-ws itself, and against servers that break it. */

import assert from 'node:assert/strict';
import { CloseCode } from 'graphql-ws';
import { LifelineError } from '../../dist/index.js';
import { serve } from './support/http.mjs';
import { Log, poll, Recorder } from './support/notices.mjs';
import { connect, failure, result, SUBSCRIPTION, UNHINDERED } from './support/ours.mjs';
import { makeSchema } from './support/schema.mjs';
import { serveGraphqlWs, serveSockets } from './support/sockets.mjs';
import { test } from './support/test.mjs';

const SOCKETS = { transports: ['websocket'], ...UNHINDERED };
const COUNT = { query: 'subscription ($to: Int!) { count(to: $to) }', variables: { to: 3 } };
const COUNTED = [1, 2, 3].map((count) => ({ data: { count } }));

/** A client that speaks over the socket alone. */
function connectSocket(t, url, { connectionParams, ...options } = {}) {
  return connect(t, url, { websocket: { url, connectionParams }, ...SOCKETS, ...options });
}

/** A server that greets; `subscribed` gets peer, subscription and the peer's number. */
function serveGreeting(t, subscribed = () => {}) {
  return serveSockets(t, async (peer, n) => {
    await peer.acknowledge();
    subscribed(peer, await peer.message('subscribe'), n);
  });
}

test('graphql-ws: a subscription, a query, a mutation and fifty more share one socket, which closes behind the last', async (t) => {
  const { schema } = makeSchema();
  const server = await serveGraphqlWs(t, { schema });
  const client = connectSocket(t, server.url);
  const requests = [
    COUNT,
    { query: '{ hello(name: "Ada") }' },
    { query: 'mutation { add(by: 5) }' },
    ...Array.from({ length: 50 }, (_, n) => ({ ...COUNT, variables: { to: n + 1 } })),
  ];
  const sinks = requests.map(() => new Recorder());
  const sockets = new Log();
  requests.forEach((request, n) => client.subscribe(request, sinks[n], { connected: () => sockets.add(server.sockets.size) }));
  await Promise.all(sinks.map((sink) => sink.completed()));
  assert.deepEqual(sinks[0].results, COUNTED);
  assert.deepEqual(sinks[1].results, [{ data: { hello: 'Hello Ada' } }]);
  assert.deepEqual(sinks[2].results, [{ data: { add: 5 } }]);
  sinks.slice(3).forEach((sink, n) => assert.equal(sink.results.length, n + 1));
  assert.ok(sockets.items.every((count) => count === 1), `sockets: ${sockets.items}`);
  await poll(() => server.sockets.size === 0);
});

test('graphql-ws: dispose completes the operation there, and the socket stays for the others', async (t) => {
  const { schema, feeds } = makeSchema();
  const server = await serveGraphqlWs(t, { schema });
  const client = connectSocket(t, server.url);
  const [first, second] = [new Recorder(), new Recorder()];
  const dispose = client.subscribe({ query: 'subscription { feed }' }, first);
  client.subscribe({ query: 'subscription { feed }' }, second);
  const [one, other] = [await feeds.opened(0), await feeds.opened(1)];
  dispose();
  await one.until(() => one.returned);
  other.push('still here');
  await second.count(1);
  assert.equal(server.sockets.size, 1);
  assert.deepEqual([first.results, first.completions], [[], 1]);
});

test('graphql-ws: errors of validation end the operation alone, and say so', async (t) => {
  const { schema } = makeSchema();
  const server = await serveGraphqlWs(t, { schema });
  const client = connectSocket(t, server.url);
  const [bad, good] = [new Recorder(), new Recorder()];
  client.subscribe({ query: 'subscription { nothing }' }, bad);
  client.subscribe(COUNT, good);
  await good.completed();
  await bad.until(() => bad.errors.length === 1);
  const [error] = bad.errors;
  assert.ok(error instanceof LifelineError);
  assert.equal(error.code, 'graphql');
  assert.match(error.errors[0].message, /Cannot query field "nothing"/);
  assert.deepEqual(good.results, COUNTED);
});

test('graphql-ws: connectionParams go with the greeting; 4403 asks the function once more, with the reason', async (t) => {
  const { schema } = makeSchema();
  const seen = new Log();
  const server = await serveGraphqlWs(t, {
    schema,
    onConnect({ connectionParams }) {
      seen.add(connectionParams);
      return connectionParams.token === 'fresh';
    },
  });
  const reasons = new Log();
  const connectionParams = async ({ reason, attempt, signal }) => {
    reasons.add([reason, typeof attempt, signal.aborted]);
    return { token: reason === 'unauthorized' ? 'fresh' : 'stale' };
  };
  const sink = new Recorder();
  connectSocket(t, server.url, { connectionParams }).subscribe(COUNT, sink);
  await sink.completed();
  assert.deepEqual(sink.results, COUNTED);
  assert.deepEqual(seen.items, [{ token: 'stale' }, { token: 'fresh' }]);
  assert.deepEqual(reasons.items, [['connect', 'number', false], ['unauthorized', 'number', false]]);
});

test('connectionParams may be a value, and none', async (t) => {
  const server = await serveSockets(t);
  connectSocket(t, server.url, { connectionParams: { token: 't' } }).subscribe(SUBSCRIPTION, new Recorder());
  const first = await server.peer(0);
  assert.deepEqual(await first.message('connection_init'), { type: 'connection_init', payload: { token: 't' } });
  assert.equal(first.protocol, 'graphql-transport-ws');
  connectSocket(t, server.url).subscribe(SUBSCRIPTION, new Recorder());
  const second = await server.peer(1);
  assert.deepEqual(await second.message('connection_init'), { type: 'connection_init' });
});

test('credentials that are refused twice end the operation', async (t) => {
  const server = await serveSockets(t, async (peer) => {
    await peer.message('connection_init');
    peer.socket.close(4401, 'Unauthorized');
  });
  const sink = new Recorder();
  connectSocket(t, server.url).subscribe(SUBSCRIPTION, sink);
  await assert.rejects(sink.completed(), failure('unauthorized', /4401/));
  assert.equal(server.list.length, 2);
});

for (const code of [CloseCode.BadRequest, CloseCode.SubprotocolNotAcceptable, CloseCode.TooManyInitialisationRequests]) {
  test(`close code ${code} before the acknowledgement is final where there is no other way: the next socket would end like this one`, async (t) => {
    const server = await serveSockets(t, async (peer) => {
      await peer.message('connection_init');
      peer.socket.close(code);
    });
    const sink = new Recorder();
    connectSocket(t, server.url).subscribe(SUBSCRIPTION, sink);
    await assert.rejects(sink.completed(), failure('protocol', new RegExp(`code ${code}\\b`)));
    assert.equal(server.list.length, 1);
  });
}

for (const code of [1002, 1003, 1007, 1009, CloseCode.BadRequest, CloseCode.SubscriberAlreadyExists, CloseCode.InternalServerError]) {
  test(`close code ${code} behind a subscribe ends that operation, where there is no other way, after three sockets of its own`, async (t) => {
    const server = await serveGreeting(t, (peer) => peer.socket.close(code, 'too bad'));
    const sink = new Recorder();
    connectSocket(t, server.url).subscribe(SUBSCRIPTION, sink);
    await assert.rejects(sink.completed(), failure('protocol', new RegExp(`code ${code} \\(too bad\\)`)));
    assert.equal(server.list.length, 4);
  });
}

for (const code of [1000, 1001, 1012, 1013, CloseCode.ConnectionInitialisationTimeout, CloseCode.InternalClientError, CloseCode.BadResponse, 4499, 4999, 'reset']) {
  test(`close code ${code} is followed by another socket, and by every operation on it`, async (t) => {
    const server = await serveSockets(t, async (peer, n) => {
      await peer.acknowledge();
      const subscribed = [await peer.message('subscribe', 0), await peer.message('subscribe', 1)];
      if (n > 0) for (const { id } of subscribed) peer.send({ id, type: 'next', payload: result(n) }).send({ id, type: 'complete' });
      else if (code === 'reset') peer.socket.terminate();
      else peer.socket.close(code);
    });
    const client = connectSocket(t, server.url);
    const sinks = [new Recorder(), new Recorder()];
    for (const sink of sinks) client.subscribe(SUBSCRIPTION, sink);
    await Promise.all(sinks.map((sink) => sink.completed()));
    for (const sink of sinks) assert.deepEqual(sink.results, [result(1)]);
    assert.equal(server.list.length, 2);
  });
}

test('a greeting that is not acknowledged in time is given up', async (t) => {
  const server = await serveSockets(t, async (peer, n) => {
    if (n === 0) return;
    await peer.acknowledge();
    const { id } = await peer.message('subscribe');
    peer.send({ id, type: 'complete' });
  });
  const errors = new Log();
  const sink = new Recorder();
  const client = connectSocket(t, server.url, { connectTimeoutMs: 50 });
  client.on('retry', ({ error }) => errors.add(error.code));
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(errors.items, ['timeout']);
  assert.ok((await server.peer(0)).gone());
});

test('nothing is sent before the acknowledgement but the greeting', async (t) => {
  const server = await serveSockets(t);
  const client = connectSocket(t, server.url);
  client.subscribe(SUBSCRIPTION, new Recorder());
  const peer = await server.peer(0);
  await peer.message('connection_init');
  client.subscribe(SUBSCRIPTION, new Recorder())();
  peer.send({ type: 'connection_ack' });
  await peer.message('subscribe');
  const before = peer.received.findIndex(({ type }) => type === 'subscribe');
  assert.deepEqual(peer.received.slice(0, before).map(({ type }) => type), ['connection_init']);
  assert.equal(peer.received.filter(({ type }) => type === 'subscribe').length, 1, 'the disposed one was never sent');
});

test('a ping is answered; an unsolicited pong, an unknown id and an unknown message do no harm', async (t) => {
  const server = await serveGreeting(t, (peer, { id }) => {
    for (const message of [
      { type: 'ping', payload: { at: 1 } },
      { type: 'pong' },
      { id: '99-99', type: 'next', payload: result(-1) },
      { id: 'not ours', type: 'complete' },
      { type: 'next', payload: result(-1) },
      { type: 'ka' },
      { id, type: 'next', payload: result(1) },
      { id, type: 'complete' },
      { id, type: 'next', payload: result(-1) },
    ]) peer.send(message);
  });
  const sink = new Recorder();
  connectSocket(t, server.url).subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [result(1)]);
  await (await server.peer(0)).message('pong');
});

test('a message that cannot be read costs a gap, and the socket stays', async (t) => {
  const server = await serveGreeting(t, (peer, { id }) => {
    peer.send('{"id":').send('[1]').send({ id, type: 'next', payload: 7 });
    peer.send({ id, type: 'next', payload: result(1) }).send({ id, type: 'complete' });
  });
  const sink = new Recorder();
  const gaps = new Log();
  connectSocket(t, server.url).subscribe(SUBSCRIPTION, sink, { gap: ({ reason }) => gaps.add(reason) });
  await sink.completed();
  assert.deepEqual(sink.results, [result(1)]);
  assert.deepEqual([...new Set(gaps.items)], ['malformed']);
  assert.equal(server.list.length, 1);
});

test('a pong that does not come condemns the socket', async (t) => {
  const server = await serveSockets(t, async (peer, n) => {
    await peer.acknowledge();
    const { id } = await peer.message('subscribe');
    peer.send({ id, type: 'next', payload: result(n) });
    if (n === 0) return; // and from now on, silence
    peer.send({ id, type: 'complete' });
  });
  const sink = new Recorder();
  const [stalls, retries] = [new Log(), new Log()];
  const client = connectSocket(t, server.url, { stall: { silenceMs: 60, probeTimeoutMs: 60 } });
  client.on('stall', ({ judgement }) => stalls.add(judgement));
  client.on('retry', ({ error }) => retries.add(error.code));
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(sink.results, [result(0), result(1)]);
  assert.ok(stalls.items.includes('stalled'));
  assert.deepEqual(retries.items, ['timeout']);
});

test('a socket that answers pings lives, however long it has nothing to say', async (t) => {
  let pings = 0;
  const server = await serveSockets(t, async (peer) => {
    await peer.acknowledge();
    const { id } = await peer.message('subscribe');
    for (; pings < 10; pings++) {
      await peer.message('ping', pings);
      peer.send({ type: 'pong' });
    }
    peer.send({ id, type: 'next', payload: result(1) }).send({ id, type: 'complete' });
  });
  const sink = new Recorder();
  connectSocket(t, server.url, { stall: { silenceMs: 20, probeTimeoutMs: 5_000 } }).subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual([sink.results, server.list.length, pings], [[result(1)], 1, 10]);
});

test('a mutation on a socket that breaks is not sent again', async (t) => {
  const server = await serveGreeting(t, (peer) => peer.socket.terminate());
  const sink = new Recorder();
  connectSocket(t, server.url).subscribe({ query: 'mutation { add(by: 1) }' }, sink);
  await assert.rejects(sink.completed(), (error) => !error.retryable || error.code === 'interrupted');
  assert.equal(server.list.length, 1);
});

test('reconnect() opens another socket for all, but not under a mutation that is on its way', async (t) => {
  const server = await serveSockets(t, (peer) => peer.acknowledge());
  const client = connectSocket(t, server.url);
  const [subscription, mutation] = [new Recorder(), new Recorder()];
  client.subscribe(SUBSCRIPTION, subscription);
  const first = await server.peer(0);
  await first.message('subscribe');
  client.subscribe({ query: 'mutation { add(by: 1) }' }, mutation);
  const { id } = await first.message('subscribe', 1);
  client.reconnect();
  first.send({ id, type: 'next', payload: { data: { add: 1 } } }).send({ id, type: 'complete' });
  await mutation.completed();
  assert.equal(server.list.length, 1);
  client.reconnect();
  await (await server.peer(1)).message('subscribe');
  await first.gone();
});

test('reconnect() while the socket is being greeted is no trap', async (t) => {
  const server = await serveSockets(t);
  const client = connectSocket(t, server.url);
  const sink = new Recorder();
  client.subscribe(SUBSCRIPTION, sink);
  const peer = await server.peer(0);
  await peer.message('connection_init');
  client.reconnect();
  peer.send({ type: 'connection_ack' });
  const { id } = await peer.message('subscribe');
  peer.send({ id, type: 'next', payload: result(1) }).send({ id, type: 'complete' });
  await sink.completed();
  assert.deepEqual(sink.results, [result(1)]);
});

test('a server that fails over HTTP is left for the socket, and gone back to by reset()', async (t) => {
  const { schema } = makeSchema();
  const sockets = await serveGraphqlWs(t, { schema });
  let isWell = false;
  const http = await serve(t, (exchange) => (isWell ? exchange.stream() : exchange.answer(503)));
  const transports = new Log();
  const client = connect(t, http.url, { websocket: { url: sockets.url }, retryBudget: UNHINDERED.retryBudget });
  client.on('transport', ({ transport }) => transports.add(transport));
  client.subscribe({ query: 'subscription { feed }' }, new Recorder());
  assert.deepEqual(await transports.count(1), ['websocket']);
  assert.equal(client.snapshot().breakers.fetch.state, 'open');
  isWell = true;
  client.breaker('fetch').reset();
  client.reconnect();
  assert.deepEqual(await transports.count(2), ['websocket', 'fetch']);
  await poll(() => sockets.sockets.size === 0);
});

test('websocket.url may be a function, relative or an error; what it throws is retried', async (t) => {
  const server = await serveGreeting(t, (peer, { id }) => peer.send({ id, type: 'complete' }));
  const errors = new Log();
  let calls = 0;
  const url = async () => {
    calls += 1;
    if (calls === 1) throw new Error('no token yet');
    return calls === 2 ? 7 : server.url;
  };
  const client = connect(t, server.url, { websocket: { url }, ...SOCKETS });
  client.on('retry', ({ error }) => errors.add(`${error.code}: ${error.cause.message}`));
  const sink = new Recorder();
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(errors.items, ['headers: no token yet', 'headers: websocket.url() must return a string']);
});

test('dispose while the url or the connectionParams are awaited opens and sends nothing', async (t) => {
  const server = await serveSockets(t);
  let release;
  const wait = new Promise((resolve) => (release = resolve));
  const client = connectSocket(t, server.url, { connectionParams: () => wait });
  const dispose = client.subscribe(SUBSCRIPTION, new Recorder());
  const peer = await server.peer(0);
  dispose();
  release({ token: 'late' });
  await peer.gone();
  assert.deepEqual(peer.received, []);
});
