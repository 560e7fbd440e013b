/** Connections that open and die young, again and again. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { side, TRANSPORTS, useChats, YOUNG } from './support/chat.mjs';

const chats = useChats();
const BUDGET = { capacity: 5, perSecond: 5 };

inBrowsers(({ test }) => {
  for (const transport of TRANSPORTS) {
    // enisdenjo/graphql-sse#55: each result starts the count of retries again, so that they never end.
    test(`${transport}: flapping after each result opens the breaker, no attempt is made beyond the budget, and all arrives once`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { retryBudget: BUDGET, breaker: YOUNG });
      const began = performance.now();
      await chat.fault('flap', { events: 1 });
      await chat.fault('cut');
      const flaps = async () => (await chat.server.stats()).faults.flap;
      for (let n = 1; n <= 6; n++) {
        await chat.say();
        await chat.shows({ results: (results) => results.length >= n });
      }
      await chat.shows({ breakers: (breakers) => breakers.includes(`${transport} open`) });
      assert.ok((await flaps()) >= 3);
      const { sse, ws } = await chat.server.stats();
      const allowed = 1 + BUDGET.capacity + Math.ceil(((performance.now() - began) / 1000) * BUDGET.perSecond);
      assert.ok(sse.requests + ws.requests <= allowed, `${sse.requests + ws.requests} attempts, ${allowed} allowed`);
      await chat.server.fault({ profile: 'none' });
      await chat.shows({ state: 'live', breakers: (breakers) => breakers.at(-1) === `${transport} closed` });
      await chat.say();
      const { clientStates, gaps, recovered } = await chat.whole();
      assert.ok(clientStates.includes('suspended'), clientStates.join());
      assert.deepEqual([new Set(gaps), new Set(recovered)], [new Set(['reconnect']), new Set([true])]);
      await chat.end();
    });

    test(`${transport}: flapping by time, with nothing sent at all, opens the breaker too`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { breaker: YOUNG });
      await chat.fault('flap', { ms: 50 });
      await chat.fault('cut');
      await chat.shows({ breakers: (breakers) => breakers.filter((move) => move === `${transport} open`).length >= 2 });
      await chat.say({ count: 2 });
      await chat.server.fault({ profile: 'none' });
      await chat.whole({ state: 'live', breakers: (breakers) => breakers.at(-1) === `${transport} closed` });
      const stats = await chat.server.stats();
      assert.equal(stats[side(transport)].live, 1);
      await chat.end();
    });
  }
});
