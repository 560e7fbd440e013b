/** What a client listens to in its page, and that it ends with the client. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { useChats } from '../resilience/support/chat.mjs';
import { pretendToLook, requests, setOnline } from './support/life.mjs';

const chats = useChats();
const CLIENTS = 20;

/** Before the page is loaded: counts what listens to window and document, by the event's name. */
function counting(page) {
  return page.addInitScript(() => {
    const kept = (globalThis.kept = new Map());
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    const count = (target, type, by) => {
      if (target === globalThis || target === document) kept.set(type, (kept.get(type) ?? 0) + by);
    };
    EventTarget.prototype.addEventListener = function add(type, ...rest) {
      count(this ?? globalThis, type, 1);
      return addEventListener.call(this ?? globalThis, type, ...rest);
    };
    EventTarget.prototype.removeEventListener = function remove(type, ...rest) {
      count(this ?? globalThis, type, -1);
      return removeEventListener.call(this ?? globalThis, type, ...rest);
    };
  });
}

async function listeners(page) {
  const kept = await page.evaluate(() => Object.fromEntries([...globalThis.kept].filter(([, count]) => count !== 0)));
  return Object.values(kept).reduce((sum, count) => sum + count, 0);
}

inBrowsers(({ name, test }) => {
  test(`${CLIENTS} clients come and go, some of them while hidden: nothing goes on listening`, async (t, newContext) => {
    const chat = await chats.open(newContext, 'fetch', { prepare: counting, stall: false });
    const { page } = chat.page;
    const one = await listeners(page);
    assert.ok(one >= 7, `${one} listeners for a client`);
    for (let n = 0; n < CLIENTS; n++) {
      await chat.page.call('create', `client ${n}`, chat.options({ whenHidden: n % 2 ? 'pause' : 'slow' }));
      await pretendToLook(page, n % 3 !== 0);
      await chat.page.call('disposeClient', `client ${n}`);
    }
    await pretendToLook(page, true);
    assert.equal(await listeners(page), one);
    await chat.end();
    assert.equal(await listeners(page), 0);
  });

  test('a client that was disposed of does nothing, whatever befalls its page', async (t, newContext) => {
    const chat = await chats.open(newContext, 'fetch', { whenHidden: 'pause', stall: false });
    const { page } = chat.page;
    await chat.end();
    // How long it has been without a result goes on.
    const look = async () => ({ ...(await chat.look()), journey: undefined });
    const before = [await requests(chat.server), await look()];
    for (const on of [false, true]) {
      await pretendToLook(page, on);
      await setOnline(name, page, on);
      await page.evaluate((event) => globalThis.dispatchEvent(new Event(event)), on ? 'pageshow' : 'pagehide');
    }
    await chat.say();
    assert.deepEqual([await requests(chat.server), await look()], before);
  });
});
