/** Two pages chat with each other over a GraphQL subscription. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { eventually } from './support/eventually.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();

inBrowsers(({ test }) => {
  test('what one writes, both read, once', async (t, newContext) => {
    const [ann, bob] = await two(newContext);
    await ann.say('Hello, Bob');
    await bob.showsWhole(1, { texts: ['Hello, Bob'] });
    await bob.say('Hello, Ann');
    await bob.say('How are you?');
    const texts = ['Hello, Bob', 'Hello, Ann', 'How are you?'];
    for (const page of [ann, bob]) {
      await page.showsWhole(3, { texts });
      page.assertQuiet();
    }
    const authors = await ann.page.locator('[data-testid="message"] .author').allTextContents();
    assert.deepEqual(authors, ['Ann', 'Bob', 'Bob']);
    const { sse, messages } = await server.stats();
    assert.deepEqual([sse.opened, sse.live, messages], [2, 2, 3]);
  });

  test('everything goes by keyboard alone', async (t, newContext) => {
    const [ann, bob] = await two(newContext);
    const { keyboard } = ann.page;
    await ann.page.bringToFront();
    await ann.test('author').press('Tab');
    assert.equal(await ann.test('message-input').evaluate((input) => input === document.activeElement), true);
    await keyboard.type('typed');
    await keyboard.press('Enter');
    await bob.showsWhole(1, { texts: ['typed'] });
    await eventually(() => ann.test('message-input').inputValue(), '');
    await keyboard.type('two');
    await keyboard.press('Shift+Enter');
    await keyboard.type('lines');
    await keyboard.press('Tab');
    await keyboard.press('Enter'); // the button
    for (const page of [ann, bob]) await page.showsWhole(2, { texts: ['typed', 'two\nlines'] });
  });

  test('nothing is sent that says nothing', async (t, newContext) => {
    await server.fresh();
    const ann = await ChatPage.open(await newContext(), server.url);
    assert.equal(await ann.test('send').isDisabled(), true);
    await ann.test('message-input').fill('  \n');
    await ann.test('message-input').press('Enter');
    assert.equal(await ann.test('send').isDisabled(), true);
    await ann.say('something');
    await ann.showsWhole(1, { texts: ['something'] });
    assert.equal((await server.stats()).messages, 1);
  });

  test('text is shown as text', async (t, newContext) => {
    const [ann, bob] = await two(newContext);
    const text = '<img src=x onerror="document.title=1"> & 漢字 🙂 \u0000 end';
    await server.send(text, '<b>Eve</b>');
    for (const page of [ann, bob]) {
      await page.showsWhole(1, { texts: [text] });
      page.assertQuiet();
    }
  });

  test('a message of 1 MB arrives whole, and can be unfolded', async (t, newContext) => {
    const [ann, bob] = await two(newContext);
    await ann.page.getByRole('button', { name: '1 MB' }).click();
    await ann.press('send');
    for (const page of [ann, bob]) await page.showsWhole(1);
    await bob.page.getByRole('button', { name: /^show all/ }).click();
    const { texts } = await bob.look();
    assert.equal(texts[0].length, 1_048_576);
  });

  test('who comes later reads what was said before', async (t, newContext) => {
    await server.fresh();
    for (let n = 1; n <= 120; n++) await server.send(`message ${n}`);
    const context = await newContext();
    const page = await ChatPage.open(context, server.url);
    const { ids, lost } = await page.shows({ received: 50, duplicated: 0 });
    assert.deepEqual([ids.length, ids.at(-1), lost], [50, 120, 0]);
  });
}, { typing: true });

/** Two pages in two tabs. */
async function two(newContext) {
  await server.fresh();
  const context = await newContext();
  return [await ChatPage.open(context, server.url, { author: 'Ann' }), await ChatPage.open(context, server.url, { author: 'Bob' })];
}
