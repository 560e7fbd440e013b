/** Connections that break: in the middle of a result, in due form, again and again. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { TRANSPORTS, useChats } from './support/chat.mjs';

const chats = useChats();

inBrowsers(({ test }) => {
  for (const transport of TRANSPORTS) {
    test(`${transport}: cut in the middle of a result: the half is not delivered, and the history brings the whole`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport);
      await chat.say();
      await chat.whole();
      await chat.fault('cut', { onNext: true });
      await chat.say();
      const run = await chat.healed(['reconnect']);
      assert.deepEqual([run.transports, run.connected], [[transport, transport], 2]);
      assert.deepEqual(run.retries.map(({ code }) => code), ['cut']);
      assert.deepEqual(run.states, ['connecting', 'live', 'waiting', 'connecting', 'live']);
      await chat.say();
      await chat.whole({ state: 'live' });
      const { own, faults } = await chat.counts({ opened: 2, live: 1 });
      assert.deepEqual([own.requests, own.cut, faults.cut], [2, 1, 1]);
      await chat.end();
    });

    // apollographql/apollo-client#1639: what came between two connections is lost unless one asks for it.
    test(`${transport}: a clean end without complete is no completion; what was sent meanwhile is fetched`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport);
      await chat.say();
      await chat.whole();
      await chat.fault('clean-end');
      await chat.say({ count: 3 });
      const run = await chat.healed(['reconnect']);
      assert.deepEqual([run.completions, run.retries.map(({ code }) => code)], [0, ['cut']]);
      await chat.say();
      await chat.whole({ state: 'live' });
      const { own } = await chat.counts({ opened: 2, live: 1 });
      assert.deepEqual([own.requests, own.ended], [2, 1]);
      await chat.end();
    });
  }
});
