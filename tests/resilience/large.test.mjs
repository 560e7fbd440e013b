/**
 * The bug that this package exists for: a server whose event streams die of results over 2 KB. The large result and
 * the next one are lost, the stream ends without completion, its session stays behind, and a new stream fares no
 * better, while sockets go on working.
 */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { ids, TRANSPORTS, useChats } from './support/chat.mjs';

const chats = useChats();
const LARGE = 3_000;
/** Longer than a round of this test takes, so that streams die young. */
const BREAKER = { minHealthyMs: 2_000, openMs: 60_000, maxOpenMs: 60_000 };
const LADDERS = [['eventsource', 'websocket'], ['fetch', 'websocket'], ['eventsource', 'fetch', 'websocket']];

inBrowsers(({ test }) => {
  for (const ladder of LADDERS) {
    test(`${ladder.join(', ')}: large results kill streams; the socket takes over, everything arrives once, and it comes back`, async (t, newContext) => {
      const chat = await chats.open(newContext, ladder, { breaker: BREAKER });
      await chat.fault('large-crash');
      let rounds = 0;
      for (const next of ladder.slice(1)) {
        for (const _ of ['by chance', 'again']) {
          rounds += 1;
          await chat.say({ bytes: LARGE });
          await chat.say(); // lost as well, and ends the stream
          // healed: a backfill that still runs would bring the next one before it is missed
          await chat.whole({ gaps: (gaps) => gaps.length === rounds });
        }
        await chat.shows({ transport: next, state: 'live' });
      }
      const streams = ladder.length - 1;
      const run = await chat.look();
      assert.deepEqual(run.breakers, ladder.slice(0, -1).map((transport) => `${transport} open`));
      assert.deepEqual(run.oversizes, ladder.slice(0, -1).map((transport) => `${transport} backfill`));
      assert.deepEqual(new Set(run.recovered), new Set([true]));
      // a third one is opened, and given up when its backfill shows a second loss
      const { sse, zombies, faults } = await chat.server.stats();
      assert.deepEqual([sse.opened, zombies, faults['large-crash']], [3 * streams, 2 * streams, 4 * streams]);
      await chat.say({ count: 2, bytes: LARGE });
      await chat.whole({ transport: 'websocket' });

      await chat.server.fault({ profile: 'none' }); // and its sessions are freed
      for (const transport of ladder.slice(0, -1)) await chat.page.call('resetBreaker', 'chat', transport);
      await chat.shows({ transport: ladder[0], state: 'live' });
      await chat.say({ count: 2, bytes: LARGE });
      await chat.whole();
      await eventually(() => chat.server.stats(), { sse: { live: 1 }, ws: { live: 0 }, zombies: 0 });
      await chat.end();
    });
  }

  test('without a history every loss is told', async (t, newContext) => {
    const chat = await chats.open(newContext, ['fetch', 'websocket'], { breaker: BREAKER, continuity: undefined });
    await chat.fault('large-crash', { times: 1 });
    await chat.server.send('x'.repeat(LARGE));
    await chat.server.send('lost too');
    const { gaps, recovered, results } = await chat.shows({ gaps: (told) => told.length > 0 });
    assert.deepEqual([gaps, recovered, results], [['reconnect'], [false], []]);
    await chat.end();
  });

  for (const transport of TRANSPORTS) {
    test(`${transport}: what is over maxBytes is dropped and told, and the connection lives on`, async (t, newContext) => {
      // a history with it would be over maxBytes as well
      const chat = await chats.open(newContext, transport, { payload: { maxBytes: 2_000, warnBytes: 1_000 }, continuity: undefined });
      for (const bytes of [100, 1_500, LARGE, 100]) await chat.say({ bytes });
      const run = await chat.shows({ results: (results) => results.length >= 3 });
      assert.deepEqual(ids(run), [1, 2, 4]);
      assert.deepEqual([run.gaps, run.recovered, run.connected], [['oversize'], [false], 1]);
      assert.deepEqual(run.oversizes, [`${transport} large`, `${transport} dropped`]);
      const { payload } = await chat.page.call('snapshot', 'chat');
      const { results, largest, histogram } = payload.transports[transport];
      assert.equal(results, 3);
      assert.ok(largest > 1_500 && largest < 2_000, `${largest}`);
      assert.deepEqual(histogram, [2, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
      await chat.page.call('disposeClient', 'chat');
      chat.page.assertQuiet();
    });
  }
});
