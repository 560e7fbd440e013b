/** Pages that are kept without running: frozen in the background, or left for another and come back to. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { TRANSPORTS, useChats } from '../resilience/support/chat.mjs';
import { hide, show, windows } from './support/life.mjs';

const chats = useChats();
/** Playwright has Chromium keep no page that was left. Firefox keeps none that has a connection open when it is left, and freezes none. */
const launching = { chromium: { ignoreDefaultArgs: ['--disable-back-forward-cache'] } };

/** Nothing is open at the server, and nothing comes while messages are sent. */
async function away(chat) {
  await chat.counts({ live: 0 });
  await eventually(() => chat.server.stats(), { operations: { live: 0 } });
  const { requests } = (await chat.counts({})).own;
  await chat.say({ count: 3 });
  await chat.counts({ live: 0, requests });
}

inBrowsers(({ name, test }) => {
  for (const transport of TRANSPORTS) {
    // centrifugal/centrifuge-js#228: a page is frozen, its connection dies, and no event ever says so.
    test(`${transport}: a frozen page lets go of its connection, and is whole after it is resumed`, async (t, newContext) => {
      const chat = await chats.open(windows(name, newContext), transport, { stall: false });
      const { page } = chat.page;
      await chat.say();
      await chat.whole();
      await hide(page);
      await page.freeze();
      await away(chat);
      const { results, clientStates } = await chat.look();
      assert.deepEqual([results.length, clientStates.at(-1)], [1, 'hidden']);
      await page.thaw();
      await show(page);
      await chat.healed(['reconnect']);
      await chat.whole();
      await chat.counts({ live: 1 });
      await chat.end();
    });

    // enisdenjo/graphql-ws#487: the page is back, all its subscriptions are dead, and nobody tells it to catch up.
    test(`${transport}: a page that was left and is come back to is the same one, and whole`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { stall: false });
      const { page } = chat.page;
      await chat.say();
      await chat.whole();
      await page.evaluate(() => globalThis.addEventListener('pageshow', ({ persisted }) => (globalThis.persisted = persisted)));
      await page.goto(`${chat.server.url}/healthz`);
      await away(chat);
      await page.evaluate(() => void history.back());
      // It fails while the browser goes from one page to the other.
      await eventually(() => page.evaluate(() => globalThis.persisted).catch(() => undefined), true);
      await chat.healed(['reconnect']);
      await chat.whole();
      await chat.counts({ live: 1 });
      await chat.say();
      await chat.whole();
      await chat.end();
    });
  }
}, { browsers: ['chromium'], launching });
