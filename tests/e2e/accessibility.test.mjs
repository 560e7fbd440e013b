/** The page by keyboard and by screen reader. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { BROKEN } from './support/complaints.mjs';
import { eventually } from './support/eventually.mjs';
import { focused } from './support/look.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();

inBrowsers(({ name: browser, test }) => {
  test('every control has its role and its name', async (t, newContext) => {
    const { page } = await open(newContext);
    for (const role of ['banner', 'main', 'complementary']) assert.equal(await page.getByRole(role).count(), 1, role);
    for (const name of ['Your name', 'Message']) assert.equal(await page.getByRole('textbox', { name, exact: true }).count(), 1, name);
    for (const name of ['Auto', 'EventSource', 'Fetch', 'WebSocket']) assert.equal(await page.getByRole('radio', { name, exact: true }).count(), 1, name);
    assert.equal(await page.getByRole('group', { name: 'Transport that is used' }).count(), 1);
    for (const name of ['Play the tour', 'End all faults', 'Isolate EventSource', 'Isolate fetch', 'Isolate WebSocket'])
      assert.equal(await page.getByRole('button', { name }).count(), 1, name);
    assert.equal(await page.getByRole('combobox', { name: 'Befalls' }).count(), 1);
    for (const name of ['Break connections', 'Fall silent', 'Refuse', 'Spoil results', 'Take down'])
      assert.ok((await page.getByRole('group', { name }).getByRole('button').count()) > 2, name);
    assert.equal(await page.getByRole('img', { name: /^Arrivals and their sizes\. Last 60 s/ }).count(), 1);
    const nameless = await page.getByRole('button').evaluateAll((buttons) =>
      buttons.filter((button) => !button.textContent.trim() && !button.ariaLabel).map((button) => button.outerHTML),
    );
    assert.deepEqual(nameless, []);
    const headings = await page.getByRole('heading').evaluateAll((all) => all.map(({ tagName }) => tagName));
    assert.deepEqual([headings[0], new Set(headings.slice(1))], ['H1', new Set(['H2'])]);
    const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length, 'no id twice');
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  });

  test('new messages are announced, the history at the start is not', async (t, newContext) => {
    await server.fresh();
    await server.send('before the page');
    const context = await newContext();
    const page = await context.newPage();
    await page.addInitScript(() => {
      globalThis.changes = [];
      const note = ({ type, target, addedNodes }) => {
        if (type === 'attributes') globalThis.changes.push(target.getAttribute('aria-live'));
        else for (const node of addedNodes) if (node.dataset?.id) globalThis.changes.push(`message ${node.dataset.id}`);
      };
      addEventListener('DOMContentLoaded', () => {
        const log = document.querySelector('[role="log"]');
        globalThis.changes.push(log.getAttribute('aria-live'));
        const what = { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-live'] };
        new MutationObserver((records) => records.forEach(note)).observe(log, what);
      });
    });
    await page.goto(server.url);
    await eventually(() => page.getByRole('log', { name: 'Messages' }).getAttribute('aria-live'), 'polite');
    await server.send('after it');
    const changes = () => page.evaluate(() => globalThis.changes);
    const all = await eventually(changes, (now) => now.includes('message 2'));
    assert.deepEqual(all.slice(0, 4), ['off', 'message 1', 'polite', 'message 2']);
  });

  test('a connection that is lost, and found again, is announced in words', async (t, newContext) => {
    const chat = await open(newContext);
    const announced = () => chat.page.getByRole('status').first().textContent();
    await eventually(announced, 'Connected to the chat.');
    await server.fault({ profile: 'status', status: 503, retryAfter: '4', times: 2 });
    await server.fault({ profile: 'cut' });
    await eventually(announced, 'The connection to the chat is lost. Reconnecting by itself.');
    await chat.press('reconnect');
    await eventually(announced, 'Connected to the chat.');
    chat.assertQuiet(BROKEN);
  });

  test('Tab goes through the page in the order of reading, and back', async (t, newContext) => {
    const { page } = await open(newContext);
    await page.getByTestId('message-input').fill('so that the button can be pressed');
    await page.evaluate(() => document.activeElement.blur());
    const path = [];
    await page.getByTestId('author').focus();
    for (const key of ['Shift+Tab', 'Shift+Tab']) await page.keyboard.press(key);
    assert.match(await focused(page), /^Skip/);
    for (;;) {
      path.push(await focused(page));
      if (path.at(-1) === 'log' || path.length > 60) break;
      await page.keyboard.press('Tab');
    }
    const faults = await page.locator('#fault-buttons button').evaluateAll((buttons) => buttons.map((button) => button.dataset.testid));
    const scroller = browser === 'firefox' ? ['instruments'] : []; // to Firefox, whatever scrolls is a stop
    const chat = ['Skip to writing a message', 'messages', 'author', 'message-input', 'send'];
    const rungs = ['Isolate EventSource', 'Isolate fetch', 'Isolate WebSocket'];
    const breaking = ['Break it', 'fault-none', 'fault-on', ...faults, '4 KB', '64 KB', '1 MB'];
    const instruments = ['tour', ...rungs, 'Gaps', 'Last minute', ...breaking, 'Transport', 'pin-auto', 'Events', 'log'];
    assert.deepEqual(path, [...chat, ...scroller, ...instruments]);
  });

  test('what has the focus can be seen to have it', async (t, newContext) => {
    const { page } = await open(newContext);
    await page.getByTestId('message-input').fill('text');
    for (const id of ['author', 'message-input', 'send', 'fault-cut']) {
      await page.getByTestId(id).focus();
      await page.keyboard.press('Shift+Tab');
      await page.keyboard.press('Tab'); // by keyboard, so that :focus-visible holds
      const style = await page.getByTestId(id).evaluate((element) => getComputedStyle(element).outlineStyle);
      assert.notEqual(style, 'none', id);
    }
  });

  test('the skip link leads to the message box, arrows move the switch', async (t, newContext) => {
    const chat = await open(newContext);
    const { page } = chat;
    await page.getByRole('link', { name: /^Skip/ }).focus();
    await page.keyboard.press('Enter');
    await eventually(() => focused(page), 'message-input');
    await page.getByTestId('pin-auto').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await chat.shows({ state: 'live', transport: 'fetch' });
    assert.equal(await page.getByRole('radio', { name: 'Fetch' }).isChecked(), true);
    chat.assertQuiet();
  });
}, { typing: true });

async function open(newContext) {
  await server.fresh();
  return ChatPage.open(await newContext(), server.url, { author: 'Ann' });
}
