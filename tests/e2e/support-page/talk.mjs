/** Two people on the chat page, who use nothing but the keyboard to talk. */

import assert from 'node:assert/strict';
import { ChatPage } from '../support/chat-page.mjs';
import { eventually } from '../support/eventually.mjs';

/** The switch, from left to right. */
const SWITCH = ['auto', 'eventsource', 'fetch'];
const MOST_TABS = 40;

/** Opens a page for each name, in one browser. */
export async function openFor(newContext, url, names, options) {
  const context = await newContext();
  const pages = [];
  for (const author of names) pages.push(await ChatPage.open(context, url, { author, ...options }));
  return pages;
}

/** Presses Tab until the control with this test id has the focus. */
export async function tabTo(chat, id) {
  const focus = () => chat.page.evaluate(() => document.activeElement.dataset.testid);
  for (let presses = 0; presses < MOST_TABS; presses++) {
    if ((await focus()) === id) return;
    await chat.page.keyboard.press('Tab');
  }
  assert.equal(await focus(), id, `not reached with ${MOST_TABS} presses of Tab`);
}

/** Types a message into the box that has the focus, and Enter; waits until the box is free again. */
export async function type(chat, text) {
  await chat.page.keyboard.type(text);
  await chat.page.keyboard.press('Enter');
  await eventually(() => chat.test('message-input').inputValue(), '');
}

/** Every message of the list: who, what, and its id. */
export function messagesOf(chat) {
  return chat.page.getByTestId('message').evaluateAll((items) =>
    items.map((item) => ({
      id: Number(item.dataset.id),
      author: item.querySelector('.author').textContent,
      text: item.querySelector('.text').textContent,
    })),
  );
}

/** Both lists are the same: same order, ids that grow by one, each once. Answers with the texts. */
export async function sameList(pages) {
  const [first, ...others] = await Promise.all(pages.map(messagesOf));
  for (const list of others) assert.deepEqual(list, first);
  const ids = first.map(({ id }) => id);
  assert.deepEqual(ids, ids.map((_, index) => ids[0] + index), 'ids grow by one');
  return first.map(({ text }) => text);
}

/** Moves the page's switch by one arrow key, and waits until the new client is live. */
export async function pin(chat, transport) {
  const already = (await chat.look()).log.filter(({ text }) => /^connected\b/.test(text)).length;
  const from = await chat.page.getByRole('radio', { checked: true }).getAttribute('value');
  const steps = (SWITCH.indexOf(transport) - SWITCH.indexOf(from) + SWITCH.length) % SWITCH.length;
  await chat.test(`pin-${from}`).focus();
  await chat.page.keyboard.press(steps === 1 ? 'ArrowRight' : 'ArrowLeft'); // it goes round
  await chat.connected(already + 1);
}
