/** A page that nobody looks at. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { MESSAGES, TRANSPORTS, useChats } from '../resilience/support/chat.mjs';
import { hide, pretendToLook, requests, show, stopClock, windows, withClock } from './support/life.mjs';

const chats = useChats();
const MINUTES = 10;
const STEP_MS = 5000;
/** A failed EventSource takes two attempts for one: a fetch asks why. Firefox itself sends a request that is reset up to ten times. */
const sending = (browser, transport) => (transport === 'eventsource' ? 2 : 1) * (browser === 'firefox' && transport !== 'websocket' ? 10 : 1);
/** Firefox lets sockets to a server that has failed wait, in real time. */
const launching = { firefox: { firefoxUserPrefs: { 'network.websocket.delay-failed-reconnects': false } } };
const EFFECTS = {
  mutation: 'mutation { send(author: "Ann", text: "once") { id } }',
  query: '{ latest }',
};

/** Time goes by for a page, while every attempt comes to its end. How many minutes it was by the
 * page's clock, which goes on by itself while the test waits. */
async function pass(chat, minutes) {
  const clock = () => chat.page.page.evaluate(() => Date.now());
  const start = await clock();
  let passed = 0;
  while (passed < minutes * 60_000) {
    await chat.page.page.clock.runFor(STEP_MS);
    await eventually(() => chat.page.call('lookAll', 'chat'), { connecting: 0 });
    passed = (await clock()) - start;
  }
  return passed / 60_000;
}

/** What the server has broken off, preflights too. */
async function downs({ server }) {
  const { faults } = await server.stats();
  return faults['all-down'];
}

inBrowsers(({ name, test }) => {
  for (const transport of TRANSPORTS) {
    // phoenixframework/phoenix#6534: attempts that were made while hidden keep a page waiting when it is shown.
    // Azure/fetch-event-source#36: errors are retried on and on while nobody looks.
    test(`${transport}: hidden for ten minutes with its server down: an attempt a minute for all, one at once when it is shown, and all live`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { prepare: withClock, stall: false });
      await chat.page.call('swarm', 'chat', MESSAGES, 2);
      await eventually(() => chat.page.call('lookAll', 'chat'), { live: 3 });
      await pretendToLook(chat.page.page, false);
      await chat.server.fault({ profile: 'all-down' });
      await eventually(() => chat.page.call('lookAll', 'chat'), { live: 0, connecting: 0 });
      const before = await downs(chat);
      const minutes = await pass(chat, MINUTES);
      const made = (await downs(chat)) - before;
      // One at the beginning of each minute.
      const most = (Math.floor(minutes) + 1) * sending(name, transport);
      assert.ok(made <= most && made >= MINUTES - 1, `${made} requests in ${minutes} minutes`);
      await chat.server.fault({ profile: 'none' });
      await chat.say({ count: 2 });
      await stopClock(chat.page.page);
      await pretendToLook(chat.page.page, true);
      await eventually(() => chat.page.call('lookAll', 'chat'), { live: (live) => live >= 1 });
      await chat.page.page.clock.resume();
      await eventually(() => chat.page.call('lookAll', 'chat'), { live: 3 });
      await chat.healed(['reconnect']);
      await eventually(() => chat.page.call('lookAll', 'chat'), { ids: [[1, 2], [1, 2], [1, 2]] });
      await chat.page.call('disposeClient', 'chat');
    });

    test(`${transport}: pausing, a hidden page has no connection, and is whole again when it is shown`, async (t, newContext) => {
      const chat = await chats.open(windows(name, newContext), transport, { whenHidden: 'pause', stall: false });
      const { page } = chat.page;
      await chat.say();
      await chat.whole();
      await hide(page);
      await chat.shows({ state: 'hidden' });
      const { own } = await chat.counts({ live: 0 });
      await eventually(() => chat.server.stats(), { operations: { live: 0 } });
      await chat.say({ count: 2 });
      assert.deepEqual((await chat.look()).results.length, 1);
      await show(page);
      await chat.healed(['reconnect']);
      await chat.whole();
      await chat.counts({ live: 1, requests: own.requests + 1 });
      await chat.end();
    });

    for (const whenHidden of ['slow', 'same']) {
      // Azure/fetch-event-source#36: hiding a tab closes its stream, showing it opens another.
      test(`${transport}: ${whenHidden}: hiding a page and showing it leaves its connection alone`, async (t, newContext) => {
        const chat = await chats.open(windows(name, newContext), transport, { whenHidden, stall: false });
        const { page } = chat.page;
        const before = await requests(chat.server);
        await hide(page);
        await chat.say({ count: 2 });
        await chat.whole();
        await show(page);
        await chat.say();
        await chat.whole();
        const { clientStates, gaps, retries } = await chat.look();
        assert.deepEqual([clientStates.includes('hidden'), gaps, retries], [false, [], []]);
        assert.equal(await requests(chat.server), before);
        await chat.end();
      });
    }

    test(`${transport}: same: what is cut while nobody looks is back at once`, async (t, newContext) => {
      const chat = await chats.open(windows(name, newContext), transport, { whenHidden: 'same', stall: false });
      await hide(chat.page.page);
      await chat.fault('cut');
      await chat.say({ count: 2 });
      await chat.healed(['reconnect']);
      await chat.whole();
      await chat.end();
    });
  }

  for (const transport of ['fetch', 'websocket']) {
    for (const whenHidden of ['slow', 'pause', 'same']) {
      // Azure/fetch-event-source#36: a request is sent again when its tab is shown: an answer twice, and paid for twice.
      test(`${transport}: ${whenHidden}: a mutation and a query that are under way are not sent again by hiding and showing their page`, async (t, newContext) => {
        const chat = await chats.open(windows(name, newContext), transport, { whenHidden, stall: false });
        const { page } = chat.page;
        await chat.fault('stall-source'); // executed, and the answers do not come
        for (const [kind, document] of Object.entries(EFFECTS)) await chat.page.call('subscribe', kind, document, 'chat');
        const done = await eventually(() => chat.server.stats(), { operations: { mutation: 1, query: 1, executed: { send: 1 } } });
        chat.sent += 1;
        for (let n = 0; n < 2; n++) {
          await hide(page);
          if (whenHidden === 'pause') await chat.shows({ state: 'hidden' });
          await show(page);
          await chat.shows({ state: 'live' });
        }
        for (const kind of Object.keys(EFFECTS)) await chat.page.shows(kind, { state: 'live' });
        await chat.fault('cut');
        for (const kind of Object.keys(EFFECTS)) {
          const { errors } = await chat.page.shows(kind, { state: 'closed' });
          assert.deepEqual(errors.map(({ code }) => code), ['cut']);
        }
        await chat.server.fault({ profile: 'none' });
        await chat.whole({ state: 'live' });
        const { operations } = await chat.server.stats();
        assert.equal(operations.executed.send, done.operations.executed.send);
        assert.equal(operations.mutation, 1);
        await chat.end();
      });
    }
  }
}, { launching });
