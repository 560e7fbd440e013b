/**
 * graphql-yoga behind nginx with its defaults, which buffers: the head of an answer waits until a first buffer is full.
 * The socket stands beside it.
 */

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { assertWay, flowsWithin, follow, ladderClient } from '../js/support/follow.mjs';
import { serveSocket, serveYoga } from '../js/support/real-servers.mjs';
import { makeTicking, SLOW_TICKS, TICKS } from '../js/support/ticking.mjs';
import { test } from '../js/support/test.mjs';
import { startNginx } from './support/nginx.mjs';

/** The head start, and two seconds more. */
const LIMIT_MS = 6_000;

async function serve(t) {
  const { schema, ways } = makeTicking();
  const socket = await serveSocket(t, schema);
  const url = await startNginx(t, await serveYoga(t, schema));
  return { client: ladderClient(t, { url, socketUrl: socket.url }), ways };
}

describe('graphql-yoga behind nginx', { concurrency: true }, () => {
  test('a quiet chat: the socket carries it after the head start, and goes on', async (t) => {
    const { client, ways } = await serve(t);
    const sink = follow(client, SLOW_TICKS);
    await flowsWithin(LIMIT_MS, sink, 3);
    assertWay(sink, 'socket');
    assert.deepEqual([sink.transports.items, sink.gaps], [['websocket'], []]);
    await ways.until(() => ways.live.length === 1);
    await flowsWithin(LIMIT_MS, sink, 8);
    assertWay(sink, 'socket');
  });

  test('a busy chat, which may fill the buffer before: one of both carries it, and nothing of the other comes', async (t) => {
    const { client, ways } = await serve(t);
    const sink = follow(client, TICKS);
    await flowsWithin(LIMIT_MS, sink, 3);
    const [way] = sink.results[0].data.ticks.split(' ');
    await ways.until(() => ways.live.length === 1);
    await flowsWithin(LIMIT_MS, sink, sink.results.length + 40);
    assertWay(sink, way);
    assert.deepEqual([ways.live, sink.gaps], [[way], []]);
  });

  test('a query is answered by HTTP', async (t) => {
    const { client } = await serve(t);
    assert.deepEqual(await client.execute({ query: '{ hello }' }), { data: { hello: 'Hello' } });
  });
});
