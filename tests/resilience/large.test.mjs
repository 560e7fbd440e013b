/**
 * The bug that this package exists for: a server whose event streams die of results over 2 KB. The large result and
 * the next one are lost, the stream ends without completion, its session stays behind, and a new stream fares no
 * better, while sockets go on working.
 */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { useChats } from './support/chat.mjs';

const chats = useChats();
const LARGE = 3_000;
/** Longer than a round of this test takes, so that streams die young. */
const BREAKER = { minHealthyMs: 2_000, openMs: 60_000, maxOpenMs: 60_000 };
const LADDERS = [['eventsource', 'websocket'], ['fetch', 'websocket'], ['eventsource', 'fetch', 'websocket']];

inBrowsers(({ test }) => {
  for (const ladder of LADDERS) {
    test(`${ladder.join(', ')}: large results kill streams; the socket takes over, everything arrives once, and it comes back`, async (t, newContext) => {
      const chat = await chats.open(newContext, ladder, { breaker: BREAKER });
      const fallenBack = async () => (await chat.look()).transport === 'websocket';
      await chat.fault('large-crash');
      let rounds = 0;
      for (; rounds < 12 && !(await fallenBack()); rounds++) {
        await chat.say({ bytes: LARGE });
        await chat.say(); // lost as well, and ends the stream
        await chat.whole({ state: 'live' });
      }
      assert.ok(await fallenBack(), `${rounds} rounds`);
      const streams = ladder.length - 1;
      const run = await chat.shows({ gaps: (gaps) => gaps.length > 0 });
      assert.deepEqual(run.breakers, ladder.slice(0, -1).map((transport) => `${transport} open`));
      assert.deepEqual(new Set(run.recovered), new Set([true]));
      const { sse, zombies, faults } = await chat.server.stats();
      assert.deepEqual([sse.opened, zombies, faults['large-crash']], [3 * streams, 3 * streams, 6 * streams]);
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
});
