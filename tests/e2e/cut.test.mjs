/** The connection is cut in the middle of an event: it comes back by itself, and nothing is missing or there twice. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { BROKEN } from './support/complaints.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
/** What the link pins, and the transport that then carries the messages. */
const PINS = { auto: 'eventsource', eventsource: 'eventsource', fetch: 'fetch' };
/** The gap between history and stream. A cut that comes before it is healed makes it longer, and is not told of by itself. */
const SEAM = 'initial';
const healed = (count) => ({ gaps: (gaps) => gaps.filter((gap) => gap.healed).length === count });

inBrowsers(({ test }) => {
  for (const [pin, transport] of Object.entries(PINS)) {
    test(`${pin}: the message that is cut in its middle appears once on both pages`, async (t, newContext) => {
      const [ann, bob] = await two(newContext, pin);
      const pages = [ann, bob];
      await ann.say('before');
      for (const page of pages) await page.showsWhole(1, { transport, ...healed(1) });
      await bob.press('fault-cut-next');
      await bob.shows({ log: (log) => log.some(({ kind }) => kind === 'fault') });
      await ann.say('cut in its middle');
      for (const page of pages) {
        await page.connected(2);
        await page.showsWhole(2, { transport, texts: ['before', 'cut in its middle'] });
      }
      await bob.say('after');
      for (const page of pages) {
        await page.showsWhole(3, { texts: ['before', 'cut in its middle', 'after'], ...healed(2) });
        assert.deepEqual(await page.gapReasons(), ['reconnect', SEAM]);
        assert.equal(await page.logged('retry'), 1);
        page.assertQuiet(BROKEN);
      }
      const { sse } = await server.stats();
      assert.deepEqual([sse.opened, sse.live, sse.cut], [4, 2, 2], 'one cut, one new connection each');
    });
  }

  test('several cuts by the button, with messages sent all the while', async (t, newContext) => {
    const pages = await two(newContext, 'auto');
    const CUTS = 3;
    let sent = 0;
    for (let cut = 1; cut <= CUTS; cut++) {
      const presser = pages[cut % 2];
      await server.send(`before cut ${cut}`);
      for (const page of pages) await page.shows(healed(cut));
      await presser.press('fault-cut');
      await presser.shows({ log: (log) => log.filter(({ kind }) => kind === 'fault').length === Math.ceil(cut / 2) });
      // Most likely while both pages are away: only history can bring it then.
      await server.send(`right after cut ${cut}`);
      sent += 2;
      for (const page of pages) {
        await page.connected(cut + 1);
        await page.showsWhole(sent);
      }
    }
    await pages[0].say('the end');
    for (const page of pages) {
      await page.showsWhole(sent + 1, healed(1 + CUTS));
      assert.deepEqual(await page.gapReasons(), [...Array(CUTS).fill('reconnect'), SEAM]);
      page.assertQuiet(BROKEN);
    }
    const { sse } = await server.stats();
    assert.deepEqual([sse.opened, sse.live], [2 * (CUTS + 1), 2], 'no connection more than there were cuts');
  });

  test('cuts that do not wait for the page to be well again', async (t, newContext) => {
    const pages = await two(newContext, 'fetch');
    for (let n = 1; n <= 10; n++) {
      await server.send(`message ${n}`);
      await server.fault({ profile: 'cut' });
    }
    for (const page of pages) await page.showsWhole(10, { state: 'live' });
    await pages[0].say('the end');
    for (const page of pages) await page.showsWhole(11);
    const { sse } = await server.stats();
    assert.ok(sse.opened <= 2 * 11, `${sse.opened} connections`);
  });

  test('more is missed than one page of history holds', async (t, newContext) => {
    await server.fresh();
    const page = await ChatPage.open(await newContext(), server.url);
    await server.send('first');
    await page.showsWhole(1);
    await server.fault({ profile: 'cut' });
    for (let n = 2; n <= 130; n++) await server.send(`message ${n}`);
    await page.showsWhole(130, { state: 'live' });
  });

  test('a clean end without complete is a cut like any other', async (t, newContext) => {
    const pages = await two(newContext, 'auto');
    await server.send('before');
    await pages[0].press('fault-clean-end');
    await pages[0].shows({ log: (log) => log.some(({ kind }) => kind === 'fault') });
    await server.send('after');
    for (const page of pages) {
      await page.connected(2);
      await page.showsWhole(2);
    }
  });
}, { longIn: ['firefox'] });

/** Two pages in two tabs. */
async function two(newContext, pin) {
  await server.fresh();
  const context = await newContext();
  const pages = [];
  for (const author of ['Ann', 'Bob']) pages.push(await ChatPage.open(context, server.url, { author, transport: pin }));
  return pages;
}
