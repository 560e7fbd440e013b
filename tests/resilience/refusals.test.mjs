/** What is answered in place of a stream, to a client that was live before. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { TRANSPORTS, useChats } from './support/chat.mjs';

const chats = useChats();
/** Requests in one failed pass: an EventSource is told nothing, a fetch asks. */
const PASS = { eventsource: 2, fetch: 1, websocket: 1 };
/** A breaker that never opens: what is looked at here are single refusals. */
const PATIENT = { breaker: { minCalls: 64, window: 64 } };

inBrowsers(({ test }) => {
  for (const transport of TRANSPORTS) {
    /** Live with one message, then cut, and refused so many times. */
    const refused = async (newContext, profile, more, options = PATIENT) => {
      const chat = await chats.open(newContext, transport, options);
      await chat.say();
      await chat.whole();
      await chat.fault(profile, more);
      await chat.fault('cut');
      await chat.say();
      return chat;
    };

    test(`${transport}: 401`, async (t, newContext) => {
      const chat = await refused(newContext, 'status-401', { times: 1000 });
      if (transport === 'websocket') {
        // A browser does not tell why an upgrade was refused.
        await chat.shows({ retries: (retries) => retries.filter(({ code }) => code === 'network').length >= 3 });
        await chat.server.fault({ profile: 'none' });
        await chat.whole({ state: 'live' });
        return void (await chat.end());
      }
      const run = await chat.shows({ state: 'closed' });
      assert.deepEqual(run.errors.map(({ code, status }) => [code, status]), [['unauthorized', 401]]);
      assert.deepEqual([run.completions, run.operations, run.results.length], [0, 0, 1]);
      const { own, faults } = await chat.counts({ live: 0 });
      assert.deepEqual([own.requests, own.opened, faults['status-401']], [1 + PASS[transport], 1, PASS[transport]]);
    });

    for (const status of [429, 503]) {
      test(`${transport}: ${status} is waited out as the server wishes`, async (t, newContext) => {
        const profile = `status-${status}`;
        const chat = await refused(newContext, profile, { times: PASS[transport] });
        await chat.healed(['reconnect']);
        const { retries } = await chat.whole();
        const [cut, wait, ...more] = retries;
        assert.deepEqual([cut.code, more], ['cut', []]);
        if (transport === 'websocket') assert.deepEqual([wait.code, wait.delayMs < 1_000], ['network', true]);
        else assert.deepEqual([wait.code, wait.status, wait.delayMs >= 1_000], ['http', status, true]);
        const { own, faults } = await chat.counts({ live: 1 });
        assert.deepEqual([own.requests, own.opened, faults[profile]], [2 + PASS[transport], 2, PASS[transport]]);
        await chat.end();
      });
    }

    test(`${transport}: a captive portal is no stream, and is tried again`, async (t, newContext) => {
      const chat = await refused(newContext, 'portal', { times: 2 * PASS[transport] });
      await chat.healed(['reconnect']);
      const { retries, transports } = await chat.whole();
      const code = transport === 'websocket' ? 'network' : 'content-type';
      assert.deepEqual(retries.map((retry) => retry.code), ['cut', code, code]);
      assert.deepEqual(transports, [transport, transport]);
      await chat.counts({ requests: 2 + 2 * PASS[transport], opened: 2, live: 1 });
      await chat.end();
    });

    test(`${transport}: refused without an end, the breaker opens and few attempts are made`, async (t, newContext) => {
      const chat = await refused(newContext, 'status', { status: 500, times: 1000 }, { retryBudget: { capacity: 3, perSecond: 4 } });
      const began = performance.now();
      await chat.shows({ clientStates: (states) => states.filter((state) => state === 'suspended').length >= 2 });
      const { own } = await eventually(async () => ({ own: (await chat.counts({})).own }), { own: { live: 0 } });
      const passes = 1 + 3 + Math.ceil(((performance.now() - began) / 1000) * 4);
      assert.ok(own.requests <= 1 + passes * PASS[transport], `${own.requests} requests`);
      await chat.server.fault({ profile: 'none' });
      await chat.whole({ state: 'live', breakers: (moves) => moves.at(-1)?.endsWith(' closed') });
      await chat.end();
    });
  }
});
