/** What outlives a page. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { useChats } from './support/chat.mjs';

const chats = useChats();
const STUCK = { minHealthyMs: 300, openMs: 60_000, maxOpenMs: 60_000 };

inBrowsers(({ test }) => {
  for (const persist of ['chat', undefined]) {
    test(`a breaker that is open when the page is reloaded is ${persist ? 'open still, with breaker.persist' : 'forgotten otherwise'}`, async (t, newContext) => {
      const options = { breaker: { ...STUCK, persist } };
      const chat = await chats.open(newContext, ['fetch', 'websocket'], {
        order: (it) => it.fault('status-503', { times: 1000 }),
        ...options,
      });
      const before = await chat.shows({ state: 'live', transport: 'websocket' });
      assert.deepEqual(before.breakers, ['fetch open']);
      const { requests } = (await chat.server.stats()).sse;
      await chat.page.reload();
      await chat.start(options);
      await chat.shows({ state: 'live', transport: 'websocket' });
      const after = (await chat.server.stats()).sse.requests;
      assert.equal(after > requests, persist === undefined, `${after - requests} more requests`);
      await chat.say({ count: 2 });
      await chat.whole();
      await chat.end();
    });
  }
});
