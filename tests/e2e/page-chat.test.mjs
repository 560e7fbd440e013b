/** The page as a chat: two people who only use the keyboard. */

import assert from 'node:assert/strict';
import { ChatPage } from './support/chat-page.mjs';
import { eventually } from './support/eventually.mjs';
import { sideBySide } from './support-page/side-by-side.mjs';
import { messagesOf, openFor, sameList, tabTo, type } from './support-page/talk.mjs';

sideBySide(({ test, server }) => {
  test('by keyboard from the first Tab on: a name, a message, Enter, an answer', async (t, newContext) => {
    await server.fresh();
    const pages = await openFor(newContext, server.url, [undefined, undefined]);
    for (const [index, name] of ['Ann', 'Bob'].entries()) {
      const { page } = pages[index];
      await tabTo(pages[index], 'author');
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type(name);
      await page.keyboard.press('Tab');
    }
    const [ann, bob] = pages;
    await type(ann, 'Hello, Bob');
    await bob.showsWhole(1);
    await type(bob, 'Hello, Ann');
    await ann.showsWhole(2);
    await ann.page.keyboard.type('First line');
    await ann.page.keyboard.press('Shift+Enter');
    await type(ann, 'second line');
    for (const page of pages) {
      await page.showsWhole(3);
      page.assertQuiet();
    }
    assert.deepEqual(await messagesOf(bob), [
      { id: 1, author: 'Ann', text: 'Hello, Bob' },
      { id: 2, author: 'Bob', text: 'Hello, Ann' },
      { id: 3, author: 'Ann', text: 'First line\nsecond line' },
    ]);
    await sameList(pages);
  });

  test('Enter sends nothing while there is no text, or no name', async (t, newContext) => {
    await server.fresh();
    const [ann] = await openFor(newContext, server.url, ['Ann']);
    await tabTo(ann, 'message-input');
    for (const text of ['', '   ']) {
      await ann.page.keyboard.type(text);
      await ann.page.keyboard.press('Enter');
      assert.equal(await ann.test('send').isDisabled(), true);
    }
    await ann.test('author').fill('');
    await ann.test('message-input').fill('from nobody');
    await ann.page.keyboard.press('Enter');
    assert.equal(await ann.test('send').isDisabled(), true);
    await ann.test('author').fill('Ann');
    await tabTo(ann, 'message-input');
    await ann.page.keyboard.press('Enter');
    await ann.showsWhole(1, { texts: ['from nobody'] });
    assert.equal((await server.stats()).messages, 1);
  });

  test('both write at the same time, a third joins: the same order everywhere, nothing twice, nothing lost', async (t, newContext) => {
    const EACH = 8;
    await server.fresh();
    const pages = await openFor(newContext, server.url, ['Ann', 'Bob']);
    const talk = async (chat, name) => {
      await chat.test('message-input').focus();
      for (let n = 1; n <= EACH; n++) await type(chat, `${name} ${n}`);
    };
    const late = async () => {
      await eventually(async () => (await server.stats()).messages, (count) => count >= 4);
      return ChatPage.open(await newContext(), server.url);
    };
    const [third] = await Promise.all([late(), talk(pages[0], 'Ann'), talk(pages[1], 'Bob')]);
    const all = [...pages, third];
    for (const page of all) await page.showsWhole(2 * EACH);
    const texts = await sameList(all);
    for (const name of ['Ann', 'Bob']) {
      const own = texts.filter((text) => text.startsWith(name));
      assert.deepEqual(own, Array.from({ length: EACH }, (_, index) => `${name} ${index + 1}`), 'in the order they were written');
    }
    for (const page of all) page.assertQuiet();
  });
});
