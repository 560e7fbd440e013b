/** Connections that something on the way cuts after a time that is known. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { TRANSPORTS, useChats } from '../resilience/support/chat.mjs';

const chats = useChats();
const CUT_AFTER_MS = 4000;
const RENEW_AFTER_MS = 1000;
const RENEWALS = 4;

inBrowsers(({ test }) => {
  for (const transport of TRANSPORTS) {
    // robhunter/agentdeals#1098: what stands between cuts each stream after so many seconds, and each time something is lost.
    test(`${transport}: replaced before it is cut: no attempt fails, and each message comes once`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, {
        order: (it) => it.fault('flap', { ms: CUT_AFTER_MS }),
        renewAfterMs: RENEW_AFTER_MS,
        overlap: transport !== 'websocket',
        stall: false,
      });
      for (let opened = 1; opened <= RENEWALS; opened++) {
        await chat.say();
        await chat.counts({ opened: (count) => count > opened });
      }
      await chat.say();
      const { retries, gaps, recovered, connected } = await chat.whole({ connected: (times) => times > RENEWALS });
      assert.deepEqual(retries, []);
      assert.ok(recovered.every(Boolean), JSON.stringify(gaps));
      const { faults } = await chat.counts({ live: (live) => live >= 1 });
      assert.equal(faults.flap, 0);
      assert.ok(connected > RENEWALS);
      await chat.end();
    });
  }

  test('without it the same server cuts again and again', async (t, newContext) => {
    const chat = await chats.open(newContext, 'fetch', { order: (it) => it.fault('flap', { ms: 300 }), stall: false });
    await chat.struck('flap', 2);
    await chat.shows({ retries: (retries) => retries.length >= 1 });
    await chat.end();
  });
});
