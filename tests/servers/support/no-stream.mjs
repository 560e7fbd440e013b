/** What is asked of every server that streams over its socket alone. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { assertWay, flowsWithin, follow, ladderClient } from '../../js/support/follow.mjs';
import { TICKS, UNREADABLE } from '../../js/support/ticking.mjs';
import { test } from '../../js/support/test.mjs';
import { startUvicorn } from './uvicorn.mjs';

const SOON_MS = 2_000;
const ANSWER = { data: { hello: 'Hello' } };

/** The tests of `python/<app>.py`. */
export function testNoStream(app) {
  let server;
  before(async () => (server = await startUvicorn(app)));
  after(() => server?.stop());
  const start = (t) => ladderClient(t, { url: server.url, socketUrl: server.url });

  test(`${app}: a subscription is carried by the socket at once, and the next one too; a query by HTTP`, async (t) => {
    const client = start(t);
    for (const sink of [follow(client, TICKS), follow(client, TICKS)]) {
      await flowsWithin(SOON_MS, sink, 3);
      assertWay(sink, 'tick');
      assert.deepEqual([sink.transports.items, sink.gaps], [['websocket'], []]);
    }
    assert.deepEqual(await client.execute({ query: '{ hello }' }), ANSWER);
  });

  test(`${app}: an operation that nobody can read ends, and the others go on`, async (t) => {
    const client = start(t);
    const good = [follow(client, TICKS), follow(client, TICKS)];
    for (const sink of good) await flowsWithin(SOON_MS, sink, 3);
    const bad = follow(client, UNREADABLE);
    for (const sink of good) await flowsWithin(SOON_MS, sink, sink.results.length + 3);
    await bad.until(() => bad.errors.length + bad.completions > 0);
    for (const sink of good) {
      await flowsWithin(SOON_MS, sink, sink.results.length + 3);
      assert.ok(sink.gaps.length <= 1, sink.story.join('\n'));
    }
  });
}
