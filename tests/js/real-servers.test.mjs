/**
 * The ladder with real servers and default options: what streams well keeps its place, and what does not is left for
 * the socket, soon. The head start is that of `headStartMs`, 4 s.
 */

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { assertWay, flowsWithin, follow, ladderClient } from './support/follow.mjs';
import { holdHeads } from './support/holding-proxy.mjs';
import { poll } from './support/notices.mjs';
import { serveGraphqlSse, serveMercurius, serveSocket, serveYoga } from './support/real-servers.mjs';
import { makeTicking, MAYBE, TICKS } from './support/ticking.mjs';
import { test } from './support/test.mjs';

const HEAD_START_MS = 4_000;
/** On top of that, and for what is refused at once. */
const SOON_MS = 2_000;

/** They wait more than they work: side by side they take as long as the longest. */
describe('a server that streams, and its stream held back', { concurrency: true }, () => {
  for (const [name, serve] of [['graphql-sse', serveGraphqlSse], ['graphql-yoga', serveYoga]]) {
    test(`${name}: it streams, so nobody takes the socket`, async (t) => {
      const { schema, ways } = makeTicking();
      const socket = await serveSocket(t, schema);
      const sink = follow(ladderClient(t, { url: await serve(t, schema), socketUrl: socket.url }), TICKS);
      await flowsWithin(SOON_MS, sink, 3);
      // longer than a head start; that nothing happens takes as long as it could happen
      await wait(HEAD_START_MS + SOON_MS);
      assertWay(sink, 'stream');
      assert.deepEqual([ways.opened, sink.transports.items, sink.gaps, socket.sockets], [['stream'], ['fetch'], [], 0]);
    });
  }

  test('graphql-yoga behind a proxy that holds the head for ever: the socket carries it after the head start', async (t) => {
    const { schema, ways } = makeTicking();
    const socket = await serveSocket(t, schema);
    const proxy = await holdHeads(t, await serveYoga(t, schema));
    const client = ladderClient(t, { url: proxy.url, socketUrl: socket.url });
    const sink = follow(client, TICKS);
    await flowsWithin(HEAD_START_MS + SOON_MS, sink, 3);
    assertWay(sink, 'socket');
    assert.deepEqual([proxy.passed, sink.transports.items, client.snapshot().transport], [0, ['websocket'], 'websocket']);
    // what has lost is let go of, on the server too
    await ways.until(() => ways.live.length === 1);
    assert.deepEqual(ways.live, ['socket']);
  });

  test('graphql-yoga behind a proxy that holds the head for ever: two operations, and a query', async (t) => {
    const { schema } = makeTicking();
    const socket = await serveSocket(t, schema);
    const client = ladderClient(t, { url: (await holdHeads(t, await serveYoga(t, schema))).url, socketUrl: socket.url });
    // an answer that ends is not held
    assert.deepEqual(await client.execute({ query: '{ hello }' }), { data: { hello: 'Hello' } });
    const sinks = [follow(client, TICKS), follow(client, TICKS)];
    for (const sink of sinks) await flowsWithin(HEAD_START_MS + SOON_MS, sink, 3);
    for (const sink of sinks) assertWay(sink, 'socket');
    assert.equal(socket.sockets, 1);
  });

  test('graphql-yoga behind a proxy that holds the head until 1 KB is there: that is soon enough', async (t) => {
    const { schema } = makeTicking();
    const socket = await serveSocket(t, schema);
    const proxy = await holdHeads(t, await serveYoga(t, schema), { bytes: 1_024 });
    const sink = follow(ladderClient(t, { url: proxy.url, socketUrl: socket.url }), TICKS);
    await flowsWithin(HEAD_START_MS, sink, 3);
    await wait(HEAD_START_MS);
    assertWay(sink, 'stream');
    assert.deepEqual([proxy.seen, proxy.passed, sink.transports.items, socket.sockets], [1, 1, ['fetch'], 0]);
  });
});

// what is answered at once is not measured beside others: they share a thread

for (const [request, answer] of [[TICKS, 'JSON with errors'], [MAYBE, 'JSON with null, where null may be']]) {
  test(`mercurius answers a subscription with ${answer}: its socket carries it at once`, async (t) => {
    const { schema } = makeTicking();
    const { url } = await serveMercurius(t, schema);
    const sink = follow(ladderClient(t, { url, socketUrl: url }), request);
    await flowsWithin(SOON_MS, sink, 3);
    assertWay(sink, 'socket');
    assert.deepEqual([sink.transports.items, sink.gaps], [['websocket'], []]);
  });
}

test('mercurius: HTTP is asked by the first subscription alone, until reconnect(), and by queries', async (t) => {
  const { schema } = makeTicking();
  const server = await serveMercurius(t, schema);
  const client = ladderClient(t, { url: server.url, socketUrl: server.url });
  const first = follow(client, TICKS);
  await flowsWithin(SOON_MS, first, 3);
  const second = follow(client, TICKS);
  await flowsWithin(SOON_MS, second, 3);
  assert.equal(server.requests, 1);
  const { reason } = client.snapshot().ladder.find(({ transport }) => transport === 'fetch');
  assert.match(reason, /\w/, 'the ladder says why it is passed over');
  assert.deepEqual(await client.execute({ query: '{ hello }' }), { data: { hello: 'Hello' } });
  assert.equal(server.requests, 2);
  client.reconnect();
  await poll(() => server.requests > 2, SOON_MS);
  await flowsWithin(SOON_MS, second, second.results.length + 3);
});

test('graphql-ws alone, whose HTTP answers 426: the socket carries it at once', async (t) => {
  const { schema } = makeTicking();
  const { url } = await serveSocket(t, schema);
  const sink = follow(ladderClient(t, { url, socketUrl: url }), TICKS);
  await flowsWithin(SOON_MS, sink, 3);
  assertWay(sink, 'socket');
  assert.deepEqual(sink.transports.items, ['websocket']);
});
