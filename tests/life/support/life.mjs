/** What can befall a page: for real where the browser can be made to, as its events tell it otherwise. */

import assert from 'node:assert/strict';
import { eventually } from '../../e2e/support/eventually.mjs';
import { realWindows } from './window.mjs';

/** Windows that can be hidden: really in Chromium; Firefox has no way to. */
export function windows(name, newContext) {
  return name === 'chromium' ? realWindows(newContext) : newContext;
}

export const hide = (page) => look(page, false);
export const show = (page) => look(page, true);

/** Hidden or looked at; the page knows when this returns. */
async function look(page, visible) {
  if (page.hide) await (visible ? page.show() : page.hide());
  else await pretendToLook(page, visible);
  await eventually(() => page.evaluate(() => document.visibilityState), visible ? 'visible' : 'hidden');
}

/** For pages whose clock the test holds, too: that can be had for Playwright's own pages only. */
export function pretendToLook(page, visible) {
  return page.evaluate((state) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
    document.dispatchEvent(new Event('visibilitychange'));
  }, visible ? 'visible' : 'hidden');
}

/** No network: Chromium cuts it. Firefox cannot be told to; there the page only hears so. */
export async function setOnline(name, page, online) {
  if (name === 'chromium') {
    await page.context().setOffline(!online);
  } else {
    await page.evaluate((is) => {
      Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => is });
      globalThis.dispatchEvent(new Event(is ? 'online' : 'offline'));
    }, online);
  }
  assert.equal(await page.evaluate(() => navigator.onLine), online);
}

/** `prepare` of a page whose clock the test holds. */
export const withClock = (page) => page.clock.install();

/** Nothing that waits for its time happens from now on, until the clock is resumed. */
export async function stopClock(page) {
  const now = await page.evaluate(() => Date.now());
  await page.clock.pauseAt(now + 1000);
}

/** Requests for streams and sockets that have come to the server. */
export async function requests(server) {
  const { sse, ws } = await server.stats();
  return sse.requests + ws.requests;
}
