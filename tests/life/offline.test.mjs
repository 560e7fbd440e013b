/** A page without a network. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { TRANSPORTS, useChats } from '../resilience/support/chat.mjs';
import { requests, setOnline, stopClock, withClock } from './support/life.mjs';

const chats = useChats();

inBrowsers(({ name, test }) => {
  for (const transport of TRANSPORTS) {
    // twentyhq/twenty#20147: a laptop without a network spends its retries, and its user is logged out.
    test(`${transport}: without a network nothing is tried, and all is whole as soon as it is back`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { prepare: withClock, retryAttempts: 2, stall: false });
      const { page } = chat.page;
      await chat.say();
      await chat.whole();
      await setOnline(name, page, false);
      await chat.server.fault({ profile: 'cut', on: 'all' }); // Chromium leaves sockets alone
      await chat.shows({ state: 'offline' });
      const [{ attempts }, before] = [await chat.look(), await requests(chat.server)];
      await chat.say({ count: 2 });
      await page.clock.runFor(55_000);
      assert.deepEqual([(await chat.look()).attempts, await requests(chat.server)], [attempts, before]);
      await stopClock(page);
      await setOnline(name, page, true);
      await chat.shows({ state: 'live' });
      assert.equal(await requests(chat.server), before + 1);
      await page.clock.resume();
      await chat.healed(['reconnect']);
      await chat.whole();
      await chat.counts({ live: 1 });
      await chat.end();
    });
  }

  // The browser may be wrong: what it calls offline may reach the server, on the same machine say.
  test('the browser says that there is no network, and there is: found out within a minute', async (t, newContext) => {
    const chat = await chats.open(newContext, 'fetch', { prepare: withClock, stall: false });
    const { page } = chat.page;
    await setOnline('firefox', page, false);
    await chat.fault('cut');
    await chat.shows({ state: 'offline' });
    await page.clock.runFor(61_000);
    await chat.shows({ state: 'live', clientState: 'live' });
    await chat.say();
    await chat.whole();
    await chat.end();
  });
});
