/** From transport to transport, down and up again. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { useChats } from './support/chat.mjs';

const chats = useChats();
const STREAMS = ['eventsource', 'fetch'];
/** So long that only who resets it brings it back. */
const STUCK = { minHealthyMs: 300, openMs: 60_000, maxOpenMs: 60_000 };
const MINUTE_AND_JITTER = 70_000;

inBrowsers(({ test }) => {
  for (const transport of STREAMS) {
    test(`${transport}: refused, it falls back to the socket; a minute later it comes forward by itself`, async (t, newContext) => {
      const prepare = (page) => page.clock.install();
      const chat = await chats.open(newContext, [transport, 'websocket'], { prepare });
      await fallBack(chat, transport);
      await chat.server.fault({ profile: 'none' });
      await chat.page.page.clock.fastForward(MINUTE_AND_JITTER);
      await chat.shows({ state: 'live', transport });
      await chat.say({ count: 2 });
      await chat.whole();
      await chat.shows({ breakers: (moves) => moves.at(-1) === `${transport} closed` });
      await eventually(() => chat.server.stats(), { sse: { live: 1 }, ws: { live: 0 } });
      await chat.end();
    });

    test(`${transport}: while it is still refused, the attempt to come forward loses nothing`, async (t, newContext) => {
      const prepare = (page) => page.clock.install();
      const chat = await chats.open(newContext, [transport, 'websocket'], { prepare });
      await fallBack(chat, transport);
      const { sse } = await chat.server.stats();
      await chat.page.page.clock.fastForward(MINUTE_AND_JITTER);
      await eventually(() => chat.server.stats(), { sse: { requests: (requests) => requests > sse.requests } });
      await chat.say({ count: 2 });
      await chat.whole({ state: 'live', transport: 'websocket' });
      await chat.end();
    });

    test(`${transport}: a breaker that is reset by hand brings it forward at once`, async (t, newContext) => {
      const chat = await chats.open(newContext, [transport, 'websocket'], { breaker: STUCK });
      await fallBack(chat, transport);
      await chat.server.fault({ profile: 'none' });
      await chat.page.call('resetBreaker', 'chat', transport);
      await chat.shows({ state: 'live', transport });
      await chat.say({ count: 2 });
      await chat.whole();
      await eventually(() => chat.server.stats(), { sse: { live: 1 }, ws: { live: 0 } });
      await chat.end();
    });

    // phoenixframework/phoenix#6766: a middlebox kills sockets shortly after they opened, and nothing falls back.
    test(`websocket: killed soon after it opened, again and again, it falls back to ${transport}`, async (t, newContext) => {
      const chat = await chats.open(newContext, ['websocket', transport]);
      await chat.say();
      await chat.whole();
      await chat.fault('flap', { ms: 150 });
      await chat.fault('cut');
      await chat.shows({ state: 'live', transport });
      await chat.say({ count: 2 });
      const { breakers } = await chat.whole({ transport });
      assert.equal(breakers[0], 'websocket open');
      await eventually(() => chat.server.stats(), { sse: { live: 1 }, ws: { live: 0 } });
      await chat.end();
    });

    test(`websocket: down, it falls back to ${transport}, and comes back when it is reset`, async (t, newContext) => {
      const chat = await chats.open(newContext, ['websocket', transport], { breaker: STUCK });
      await chat.say();
      await chat.whole();
      await chat.server.fault({ profile: 'ws-down' });
      await chat.say();
      await chat.whole({ state: 'live', transport });
      await eventually(() => chat.server.stats(), { sse: { live: 1 }, ws: { live: 0 } });
      await chat.server.fault({ profile: 'none' });
      await chat.page.call('resetBreaker', 'chat', 'websocket');
      await chat.shows({ state: 'live', transport: 'websocket' });
      await chat.say();
      await chat.whole();
      await eventually(() => chat.server.stats(), { sse: { live: 0 }, ws: { live: 1 } });
      await chat.end();
    });
  }
});

/** One message, then refused until the socket has taken over; nothing is missing. */
async function fallBack(chat, transport) {
  await chat.say();
  await chat.whole();
  await chat.fault('status', { status: 500, times: 1000 });
  await chat.fault('cut');
  await chat.say();
  const { breakers } = await chat.whole({ state: 'live', transport: 'websocket' });
  assert.equal(breakers[0], `${transport} open`);
  await eventually(() => chat.server.stats(), { sse: { live: 0 }, ws: { live: 1 } });
}
