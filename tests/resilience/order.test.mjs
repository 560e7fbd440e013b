/** Results twice, in the wrong order, or left out, on a connection that is well. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { CONTINUITY, TRANSPORTS, useChats } from './support/chat.mjs';

const chats = useChats();
const SEQUENCE = { ...CONTINUITY, sequence: 'messages.id', reorderMs: 300 };
const only = (values) => [...new Set(values)];

inBrowsers(({ test }) => {
  for (const transport of TRANSPORTS) {
    // apollographql/apollo-client#1639, athrvk/vayu#21: a server that replays what was there before is shown twice.
    test(`${transport}: what a new subscription replays is not delivered again`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport);
      await chat.say({ count: 5 });
      await chat.whole();
      await chat.fault('replay', { last: 4 });
      await chat.fault('cut');
      await chat.say();
      await chat.healed(['reconnect']);
      await chat.struck('replay', 4);
      await chat.say();
      await chat.whole({ state: 'live' });
      await chat.counts({ requests: 2 });
      await chat.end();
    });

    test(`${transport}: swapped results are put in order by their numbers, and no gap is told`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { continuity: { ...SEQUENCE, reorderMs: 5_000 } });
      await chat.say(); // nobody knows with which number a server begins
      await chat.whole();
      await chat.fault('reorder');
      // At once: a result that is alone for half a second is not swapped.
      await Promise.all(Array.from({ length: 6 }, () => chat.say()));
      const { gaps, retries } = await chat.whole();
      assert.deepEqual([gaps, retries], [[], []]);
      await chat.struck('reorder', 3);
      await chat.counts({ requests: 1 });
      await chat.end();
    });

    test(`${transport}: a hole in the numbers is filled, in order`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { continuity: SEQUENCE });
      await chat.fault('drop');
      await chat.say({ count: 7 });
      const { gaps, recovered, retries } = await chat.whole({ gaps: (told) => told.length > 0 });
      assert.deepEqual([only(gaps), only(recovered), retries], [['hole'], [true], []]);
      await chat.struck('drop', 2);
      await chat.counts({ requests: 1 });
      await chat.end();
    });

    test(`${transport}: results that are left out without a sign: audits find them, and twice in a row the endpoint has failed`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { continuity: { ...CONTINUITY, auditMs: 400 } });
      await chat.fault('drop');
      for (let round = 0; round < 8 && (await chat.look()).retries.length === 0; round++) {
        await chat.say({ count: 3 });
        await chat.shows({ results: (results) => results.length === chat.sent });
      }
      await chat.server.fault({ profile: 'none' });
      const { gaps, recovered, retries } = await chat.shows({ state: 'live', connected: 2, gaps: (told) => told.includes('reconnect') });
      assert.deepEqual([only(gaps), only(recovered), retries.map(({ code }) => code)], [['audit', 'reconnect'], [true], ['cut']]);
      await chat.counts({ requests: 2, live: 1 });
      await chat.say();
      await chat.shows({ results: (results) => results.length === chat.sent });
      await chat.end({ late: true }); // what an audit finds has lost its place
    });
  }
});
