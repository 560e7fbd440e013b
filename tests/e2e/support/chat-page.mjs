/** The demo page as someone uses it. */

import assert from 'node:assert/strict';
import { eventually } from './eventually.mjs';
import { watch } from './complaints.mjs';

export class ChatPage {
  constructor(page, complaints) {
    this.page = page;
    this.complaints = complaints;
  }

  /** Opens the page and waits until it is live. `transport` pins one, as a link does. */
  static async open(context, url, { author, transport } = {}) {
    const page = await context.newPage();
    const chat = new ChatPage(page, watch(page));
    await page.goto(transport === undefined ? url : `${url}/#transport=${transport}`);
    await chat.shows({ state: 'live', log: (log) => log.some(({ kind }) => kind === 'history') });
    if (author !== undefined) await chat.test('author').fill(author);
    return chat;
  }

  /** What stands on the page now. */
  look() {
    return this.page.evaluate(() => {
      const text = (id) => document.querySelector(`[data-testid="${id}"]`).textContent;
      const number = (id) => Number(text(id));
      const notice = document.querySelector('[data-testid="notice"]');
      return {
        state: text('state'),
        transport: text('transport'),
        words: text('words'),
        notice: notice.hidden ? '' : notice.textContent.trim(),
        sent: number('sent'),
        received: number('received'),
        duplicated: number('duplicated'),
        lost: number('lost'),
        ids: [...document.querySelectorAll('[data-testid="message"]')].map((item) => Number(item.dataset.id)),
        gaps: [...document.querySelectorAll('[data-testid="gap"]')].map(({ dataset }) => ({ reason: dataset.reason, healed: dataset.healed === 'true' })),
        breakers: Object.fromEntries(
          [...document.querySelectorAll('[data-testid^="breaker-"]')].map((item) => [item.dataset.testid.slice('breaker-'.length), item.textContent]),
        ),
        rungs: [...document.querySelectorAll('[data-testid="ladder"] li')].map(({ dataset }) => `${dataset.transport}: ${dataset.use}`),
        watchdog: text('watchdog'),
        fault: text('fault-force'),
        tour: document.querySelector('[data-testid="tour"]').dataset.state,
        texts: [...document.querySelectorAll('[data-testid="message"] .text')].map((item) => item.textContent),
        log: [...document.querySelectorAll('[data-testid="log-entry"]')].map((item) => ({
          kind: item.dataset.kind,
          text: item.querySelector('.what').textContent,
        })),
      };
    });
  }

  /** Waits until the page shows this; what it shows then. */
  shows(expected, limitMs) {
    return eventually(() => this.look(), expected, limitMs);
  }

  /** Waits until the messages 1 to `count` are there, once each and in order, and nothing counts as lost or twice. */
  showsWhole(count, more = {}) {
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    return this.shows({ ids, received: count, duplicated: 0, lost: 0, ...more });
  }

  /** So many lines of this kind are in the log. */
  async logged(kind) {
    const { log } = await this.look();
    return log.filter((entry) => entry.kind === kind).length;
  }

  /** Why there were gaps, the latest first. Throws if one is not healed. */
  async gapReasons() {
    const { gaps } = await this.look();
    assert.deepEqual(gaps.filter(({ healed }) => !healed), []);
    return gaps.map(({ reason }) => reason);
  }

  /** Waits until the page has connected so many times, and is live. */
  connected(times, withinMs) {
    const count = (log) => log.filter(({ text }) => /^connected\b/.test(text)).length;
    return this.shows({ state: 'live', log: (log) => count(log) >= times }, withinMs);
  }

  async say(text) {
    await this.test('message-input').fill(text);
    await this.test('send').click();
    await eventually(() => this.test('message-input').inputValue(), '');
  }

  press(button) {
    return this.test(button).click();
  }

  /** Throws if the browser had anything to complain about, save what is expected. */
  assertQuiet(expected) {
    assert.deepEqual(this.complaints.except(expected), []);
  }

  test(id) {
    return this.page.getByTestId(id);
  }
}
