/** Everything fails, for a while. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { TRANSPORTS, useChats } from './support/chat.mjs';

const chats = useChats();
const LADDERS = [...TRANSPORTS.map((transport) => [transport]), ['fetch', 'websocket'], ['eventsource', 'fetch', 'websocket']];
const BUDGET = { capacity: 5, perSecond: 5 };
/** A failed EventSource takes two attempts for one of the budget: a fetch asks why. */
const asking = (ladder) => (ladder.includes('eventsource') ? 2 : 1);
/** Firefox sends a GET whose connection was reset up to ten times (network.http.request.max-attempts), and tells nobody. */
const repeats = (browser, ladder) => (browser === 'firefox' && ladder.includes('eventsource') ? 10 : 1);

inBrowsers(({ name, test }) => {
  for (const ladder of LADDERS) {
    test(`${ladder.join(', ')}: with everything down it keeps to the budget, and comes back whole`, async (t, newContext) => {
      const chat = await chats.open(newContext, ladder, { retryBudget: BUDGET });
      await chat.say();
      await chat.whole();
      const before = await chat.look();
      const began = performance.now();
      await chat.server.fault({ profile: 'all-down' });
      const opened = (moves) => ladder.every((transport) => moves.filter((move) => move === `${transport} open`).length >= 2);
      const run = await chat.shows({ breakers: opened });
      const { sse, ws } = await chat.server.stats();
      const seconds = (performance.now() - began) / 1000;
      const allowed = (BUDGET.capacity + Math.ceil(seconds * BUDGET.perSecond)) * asking(ladder);
      const attempts = run.attempts - before.attempts;
      assert.ok(attempts <= allowed, `${attempts} attempts, ${allowed} allowed`);
      const requests = sse.requests + ws.requests - 1;
      const most = allowed * repeats(name, ladder);
      assert.ok(requests <= most, `${requests} requests, ${most} allowed`);
      await chat.server.fault({ profile: 'none' });
      await chat.say({ count: 2 });
      const { errors } = await chat.whole({ state: 'live' });
      assert.deepEqual(errors, []);
      await eventually(async () => {
        const stats = await chat.server.stats();
        return stats.sse.live + stats.ws.live;
      }, 1);
      await chat.end();
    });

    test(`${ladder.join(', ')}: refused, cut, refused again, as a script has it`, async (t, newContext) => {
      const chat = await chats.open(newContext, ladder);
      await chat.say();
      await chat.whole();
      const steps = [
        { afterMs: 0, profile: 'status-503', retryAfter: '0', times: 3, on: 'all' },
        { afterMs: 100, profile: 'cut', on: 'all' },
        { afterMs: 400, profile: 'clean-end', on: 'all' },
        { afterMs: 100, profile: 'none' },
      ];
      await chat.server.fault({ profile: 'script', repeat: 2, steps });
      const over = async () => (await chat.server.stats()).script === undefined;
      while (!(await over())) await chat.say();
      await chat.say();
      await chat.whole({ state: 'live' });
      const { faults } = await chat.server.stats();
      assert.equal(faults.script, 2 * steps.length);
      assert.ok(faults.cut + faults['clean-end'] >= 1 && faults['status-503'] >= 1, JSON.stringify(faults));
      await chat.end();
    });
  }

  // phoenixframework/phoenix#6208: a restart makes every client fall back, and stay there.
  test('after an outage of everything the best transport is taken, not the one that happened to be tried last', async (t, newContext) => {
    // No breaker lets an attempt through before both are told to.
    const breaker = { minHealthyMs: 300, openMs: 60_000, maxOpenMs: 60_000 };
    const chat = await chats.open(newContext, ['fetch', 'websocket'], { breaker });
    await chat.say();
    await chat.whole();
    await chat.server.fault({ profile: 'all-down' });
    await chat.shows({ breakers: (moves) => moves.includes('fetch open') && moves.includes('websocket open'), state: 'suspended' });
    // Both may be tried by now, and the better one is.
    await chat.server.fault({ profile: 'none' });
    await chat.page.call('reconnect', 'chat');
    await chat.shows({ state: 'live', transport: 'fetch' });
    await chat.say();
    await chat.whole();
    await eventually(() => chat.server.stats(), { sse: { live: 1 }, ws: { live: 0 } });
    await chat.end();
  });

  test('retryAttempts counts failed passes over the whole ladder, and then it ends with one error', async (t, newContext) => {
    const chat = await chats.open(newContext, ['fetch', 'websocket'], { retryAttempts: 2, breaker: { minCalls: 1, openMs: 100, maxOpenMs: 100 } });
    await chat.server.fault({ profile: 'all-down' });
    const { errors, completions, operations } = await chat.shows({ state: 'closed' });
    assert.deepEqual([errors.map(({ code }) => code), completions, operations], [['retries-exhausted'], 0, 0]);
    const { ws, faults } = await chat.server.stats();
    assert.ok(ws.requests >= 1, name);
    assert.ok(faults['all-down'] >= 3, `${faults['all-down']}`);
  });
});
