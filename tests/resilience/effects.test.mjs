/** Mutations through `subscribe`, on connections that break: each is executed once, whatever comes of the connection. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { useChats } from './support/chat.mjs';

const chats = useChats();
const SEND = 'mutation { send(author: "Ann", text: "once") { id } }';
const LADDERS = [['fetch'], ['eventsource', 'fetch'], ['websocket']];
/** What is ordered before the mutation is sent, and once it was executed. */
const FAULTS = {
  'its answer is lost, and the connection is cut': ['stall-source', 'cut'],
  'its answer is lost, and the connection ends in due form': ['stall-source', 'clean-end'],
  'its answer kills the connection': ['large-crash'],
};

inBrowsers(({ test }) => {
  for (const ladder of LADDERS) {
    for (const [what, [first, second]] of Object.entries(FAULTS)) {
      if (first === 'large-crash' && ladder.includes('websocket')) continue; // sockets do not die of it
      test(`${ladder.join(', ')}: a mutation is executed, ${what}: it is not sent again`, async (t, newContext) => {
        const chat = await chats.open(newContext, ladder, { stall: false });
        await chat.fault(first, first === 'large-crash' ? { bytes: 1, times: 1 } : {});
        await chat.page.call('subscribe', 'mutation', SEND, 'chat');
        await eventually(() => chat.server.stats(), { operations: { executed: { send: 1 } } });
        chat.sent += 1;
        if (second !== undefined) await chat.fault(second);
        const { errors, results } = await chat.page.shows('mutation', { state: 'closed' });
        assert.deepEqual([errors.map(({ code, retryable }) => [code, retryable]), results], [[['cut', false]], []]);
        // Of the subscription beside it, whose connection may be heard of later.
        if (second !== undefined) await chat.page.shows('mutation', { retries: (retries) => retries.length >= 1 });
        await chat.server.fault({ profile: 'none' });
        await chat.whole({ state: 'live' });
        await chat.say();
        await chat.whole();
        const { operations } = await chat.server.stats();
        assert.deepEqual([operations.mutation - chat.sent + 1, operations.executed.send], [1, chat.sent]);
        await chat.end();
      });
    }

    test(`${ladder.join(', ')}: refused, the mutation is one error, and was not executed`, async (t, newContext) => {
      const chat = await chats.open(newContext, ladder, { stall: false });
      await chat.fault('status', { status: 503, times: 1000 });
      if (ladder.includes('websocket')) {
        await chat.fault('cut');
        await chat.struck('status');
      }
      await chat.page.call('subscribe', 'mutation', SEND, 'chat');
      if (ladder.includes('websocket')) {
        // Nothing was sent before the socket is ready: it may wait for that.
        await chat.server.fault({ profile: 'none' });
        await chat.page.shows('mutation', { state: 'closed', completions: 1, errors: [] });
        chat.sent += 1;
      } else {
        const { errors } = await chat.page.shows('mutation', { state: 'closed' });
        assert.deepEqual(errors.map(({ code, status }) => [code, status]), [['http', 503]]);
      }
      await chat.server.fault({ profile: 'none' });
      await chat.whole({ state: 'live' });
      const { operations } = await chat.server.stats();
      assert.equal(operations.executed.send ?? 0, chat.sent);
      await chat.end();
    });
  }
});
