/** One endpoint is sick, the other is well, and every option has its default: results come over the one that is well, soon. */

import assert from 'node:assert/strict';
import { freePort } from '../../scripts/lib/port.mjs';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { DEFAULTS, useChats } from './support/chat.mjs';
import { carried, HEARTBEAT_ARGS, inTime, LONG_MS, LOOK_MS, SICKNESSES, SILENT_SOCKET } from './support/sicknesses.mjs';

const chats = useChats({ args: HEARTBEAT_ARGS });
/** Those that meet whoever comes, and leave alone what is open. */
const AT_THE_DOOR = SICKNESSES.filter(({ order }) => /^(no-stream|status|half-open)/.test(order?.profile));
/** Two of them are in every run. */
const SHORT = ['200 with JSON', '503 with Retry-After: 600'];
/** The cut is a failure by itself, with a wait behind it. */
const FIRST_WAIT_MS = 500;
const LADDERS = [['fetch', 'websocket'], ['eventsource', 'fetch', 'websocket']];
/** Beside the figure: a page that loads, and the server that is rid of it. */
const ROOM_MS = 30_000;

inBrowsers(({ test }) => {
  for (const ladder of LADDERS) {
    for (const sickness of SICKNESSES) {
      if (sickness.hidden && ladder[0] === 'eventsource') continue;
      const limitMs = sickness.withinMs(ladder.length - 1);
      const options = { long: limitMs > LONG_MS, timeout: limitMs + ROOM_MS };
      test(`${ladder.join(', ')}: HTTP: ${sickness.name}: the socket carries it within ${limitMs / 1_000} s`, async (t, newContext) => {
        const chat = await open(newContext, ladder, sickness);
        await goesOver(t, chat, 'websocket', sickness, limitMs);
        await chat.counts({ live: 1 }, 'websocket');
        await chat.close();
      }, options);
    }
  }

  for (const { name, order, query, withinMs } of AT_THE_DOOR) {
    const limitMs = withinMs(1) + FIRST_WAIT_MS;
    test(`fetch, websocket: live, then cut, and then HTTP has ${name}: the socket carries on within ${limitMs / 1_000} s`, async (t, newContext) => {
      const chat = await chats.open(newContext, ['fetch', 'websocket'], { base: DEFAULTS, query });
      await chat.shows({ journey: (it) => carried(it, 'fetch', 2) });
      await chat.server.fault(order);
      await chat.server.fault({ profile: 'cut' });
      const { journey } = await chat.shows({ journey: (it) => carried(it, 'websocket', 3) }, limitMs + LOOK_MS);
      t.diagnostic(`${(journey.pauseMs / 1_000).toFixed(1)} s without a result`);
      assert.ok(journey.pauseMs <= limitMs, `${journey.pauseMs} ms`);
      const { errors, completions } = await chat.shows({ state: 'live', transport: 'websocket' });
      assert.deepEqual([errors, completions], [[], 0]);
      await chat.struck(order.profile);
      await chat.close();
    }, { long: !SHORT.includes(name), timeout: limitMs + ROOM_MS });
  }

  test(`websocket, fetch: ${SILENT_SOCKET.name}: fetch carries it`, async (t, newContext) => {
    const limitMs = SILENT_SOCKET.withinMs();
    const chat = await open(newContext, ['websocket', 'fetch'], SILENT_SOCKET);
    await goesOver(t, chat, 'fetch', SILENT_SOCKET, limitMs);
    await chat.counts({ live: 1 }, 'fetch');
    await chat.close();
  }, { long: true, timeout: SILENT_SOCKET.withinMs() + ROOM_MS });
});

/** A subscription that begins while its first endpoint is sick. */
async function open(newContext, ladder, { order, query }) {
  const away = order === undefined && { url: `http://127.0.0.1:${await freePort()}/graphql` };
  const orders = order && ((chat) => chat.server.fault(order));
  return chats.open(newContext, ladder, { order: orders, live: false, base: DEFAULTS, query, ...away });
}

/** Results come over this transport within the limit, and go on coming; nothing else was told to the application. */
async function goesOver(t, chat, transport, { order, quiet, askedOnce, beside }, limitMs) {
  if (quiet) {
    await chat.shows({ transport }, limitMs + LOOK_MS);
    await chat.say({ count: 3 });
  }
  const { journey } = await chat.shows({ journey: (it) => carried(it, transport) }, limitMs + LOOK_MS);
  const leg = carried(journey, transport);
  t.diagnostic(inTime(leg, limitMs));
  assert.ok(leg.firstMs <= limitMs, inTime(leg, limitMs));
  const run = await chat.shows({ journey: (it) => carried(it, transport, 3), state: 'live', transport });
  assert.deepEqual([run.errors, run.completions], [[], 0]);
  // That it was sick and not merely slow: whoever came was treated so.
  if (order) await chat.struck(order.profile);
  if (beside) assert.deepEqual([run.connected, run.states], [1, ['connecting', 'live']]);
  if (askedOnce) assert.equal((await chat.server.stats()).sse.requests, chat.transports.length - 1);
}
