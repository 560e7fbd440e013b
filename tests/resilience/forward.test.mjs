/** The better transport is tried again beside the live one, which stays until the better one has shown a byte. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { CONTINUITY, DEFAULTS, useChats } from './support/chat.mjs';

const chats = useChats();
const LADDER = ['fetch', 'websocket'];
const MINUTE_AND_JITTER = 70_000;
/** connectTimeoutMs, where nobody sets it, and more. */
const GIVEN_UP = 20_000;

inBrowsers(({ test }) => {
  test('a better one that says nothing but a head: the live one goes on, and the first byte moves the operation', async (t, newContext) => {
    const chat = await fallen(newContext);
    await triesAgain(chat, 'headers-only', { opened: 1, live: 1 });
    await eventually(() => chat.server.stats(), { ws: { live: 1 } });
    assert.deepEqual(transports(await chat.look()), ['websocket']);
    // The first result is that byte: both connections carry it, and it comes once.
    await chat.say();
    await chat.whole();
    await chat.say({ count: 2 });
    await movesForward(chat);
  });

  test('a better one that never answers: the live one goes on as though nothing were, during the attempt and after it', async (t, newContext) => {
    const chat = await fallen(newContext);
    const { sse } = await chat.server.stats();
    await triesAgain(chat, 'half-open', { requests: sse.requests + 1 });
    await chat.say({ count: 3 });
    await chat.whole({ state: 'live', transport: 'websocket' });
    await chat.page.page.clock.fastForward(GIVEN_UP);
    await chat.say({ count: 2 });
    const run = await chat.whole({ state: 'live', transport: 'websocket' });
    assert.deepEqual([transports(run), unsettled(run), run.gaps], [['websocket'], [], []]);
    await chat.counts({ live: 1, opened: 1 }, 'websocket');
    await chat.end();
  });

  test('a better one that is well, in the middle of a conversation: all arrives once, in order, and nothing is waited for', async (t, newContext) => {
    const chat = await fallen(newContext);
    await triesAgain(chat, 'none', { requests: (requests) => requests > 0 });
    while ((await chat.look()).transport !== 'fetch') await chat.say();
    await chat.say({ count: 2 });
    await movesForward(chat);
  });
});

/** Live on the socket, since HTTP fails; with a clock that can be put forward. */
async function fallen(newContext) {
  const prepare = (page) => page.clock.install();
  const order = (chat) => chat.server.fault({ profile: 'status', status: 500, times: 1_000_000 });
  const chat = await chats.open(newContext, LADDER, { prepare, order, live: false, base: DEFAULTS, continuity: CONTINUITY });
  await chat.shows({ state: 'live', transport: 'websocket' });
  await chat.say();
  await chat.whole();
  return chat;
}

/** A minute later, when HTTP has this instead. */
async function triesAgain(chat, profile, sse) {
  await chat.server.fault({ profile });
  await chat.page.page.clock.fastForward(MINUTE_AND_JITTER);
  await eventually(() => chat.server.stats(), { sse });
}

/** Everything has come, the server is rid of the socket, and the operation was live all the time. */
async function movesForward(chat) {
  const run = await chat.whole({ state: 'live', transport: 'fetch' });
  assert.deepEqual([transports(run), unsettled(run)], [LADDER.toReversed(), []]);
  assert.ok(run.recovered.every(Boolean), JSON.stringify(run.gaps));
  await eventually(() => chat.server.stats(), { sse: { live: 1 }, ws: { live: 0 } });
  await chat.end();
}

const transports = ({ journey }) => journey.legs.map(({ transport }) => transport);
/** What it was, since it was live first, but live. */
const unsettled = ({ states }) => states.slice(states.indexOf('live')).filter((state) => state !== 'live');
