/** The page's button resets every stream in the middle of an event: the pages come back by themselves, whole. */

import assert from 'node:assert/strict';
import { BROKEN } from './support/complaints.mjs';
import { sideBySide } from './support-page/side-by-side.mjs';
import { openFor, pin, sameList } from './support-page/talk.mjs';
import { listenRaw } from './support-page/wire.mjs';

const CUTS = 3;

sideBySide(({ test, server }) => {
  for (const transport of ['eventsource', 'fetch']) {
    test(`pinned to ${transport} by the switch: several cuts in a row, pressed by keyboard`, async (t, newContext) => {
      await server.fresh();
      const pages = await openFor(newContext, server.url, ['Ann', 'Bob']);
      for (const page of pages) {
        await pin(page, transport);
        await page.shows({ transport });
      }
      const [ann, bob] = pages;
      let sent = 0;
      for (let cut = 1; cut <= CUTS; cut++) {
        const raw = await listenRaw(t, server.graphql);
        await ann.say(`before cut ${cut}`);
        await bob.test('fault-cut').focus();
        await bob.page.keyboard.press('Enter');
        const { text, complete } = await raw.broken;
        assert.deepEqual([complete, /\n\r?\n$/.test(text)], [false, false], `broken off in an event: ${JSON.stringify(text.slice(-80))}`);
        await ann.say(`right after cut ${cut}`);
        sent += 2;
        for (const page of pages) {
          await page.connected(2 + cut); // opened, pinned, and once after each cut
          await page.showsWhole(sent, { transport });
        }
      }
      await sameList(pages);
      for (const page of pages) {
        assert.equal(await page.logged('retry'), CUTS);
        page.assertQuiet(BROKEN);
      }
    });

    test(`pinned to ${transport}: the very message that is cut appears once, whoever wrote it`, async (t, newContext) => {
      await server.fresh();
      const pages = await openFor(newContext, server.url, ['Ann', 'Bob'], { transport });
      const raw = await listenRaw(t, server.graphql);
      for (const [index, writer] of pages.entries()) {
        await writer.press('fault-cut-next');
        await writer.shows({ log: (log) => log.some(({ kind }) => kind === 'fault') });
        await writer.say(`cut ${index + 1} in its middle`);
        for (const page of pages) {
          await page.connected(2 + index);
          await page.showsWhole(index + 1, { transport });
        }
      }
      const { text } = await raw.broken;
      assert.match(text, /event: ?next\n/);
      assert.doesNotMatch(text, /\n\n$/, 'the message itself was cut on the wire');
      assert.deepEqual(await sameList(pages), ['cut 1 in its middle', 'cut 2 in its middle']);
      await pages[0].say('the end');
      for (const page of pages) {
        await page.showsWhole(3);
        page.assertQuiet(BROKEN);
      }
    });
  }

  test('the switch is moved between cuts while messages come: nothing is lost, nothing is there twice', async (t, newContext) => {
    await server.fresh();
    const pages = await openFor(newContext, server.url, ['Ann', 'Bob']);
    let sent = 0;
    const send = async () => server.send(`message ${++sent}`);
    for (const transport of ['fetch', 'eventsource', 'auto']) {
      await send();
      const moved = pin(pages[0], transport);
      await send();
      await server.fault({ profile: 'cut' });
      await send();
      await moved;
      await send();
    }
    for (const page of pages) {
      await page.showsWhole(sent, { state: 'live', transport: 'eventsource' });
      page.assertQuiet(BROKEN);
    }
    await sameList(pages);
  });
});
