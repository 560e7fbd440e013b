/** The tour plays by itself: large messages kill one stream after the other, and nothing is lost or doubled. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { BROKEN } from './support/complaints.mjs';
import { eventually } from './support/eventually.mjs';
import { contrasts, overflow } from './support/look.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
/** It must not take longer than this. */
const TOUR_MS = 90_000;
const PHONE = { width: 360, height: 740 };
/** What happens in it, in this order. */
const STORY = [
  /^A new client begins/,
  /lost, the next one too, and then its stream ends/,
  /has ended EventSource/,
  /the gap is healed/,
  /the breaker of EventSource is open/,
  /has ended fetch/,
  /the breaker of fetch is open/,
  /come by WebSocket now/,
  /streams are mended/,
  /presses Reset/,
  /^Back on EventSource/,
  /0 lost, 0 doubled\.$/,
];

inBrowsers(({ test }) => {
  test('to its end, and nothing is lost or doubled', async (t, newContext) => {
    await server.fresh();
    const page = await ChatPage.open(await newContext(), server.url);
    const began = performance.now();
    await page.press('tour');
    await page.shows({ tour: 'running' });
    await page.shows({ tour: (state) => state !== 'running' }, TOUR_MS);
    t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s`);
    assertTold(await lines(page));
    const { messages, profile, faults, zombies, operations } = await server.stats();
    await page.showsWhole(messages, { tour: 'done', sent: messages, state: 'live', transport: 'eventsource', fault: 'none' });
    assert.ok((await page.gapReasons()).length >= 6);
    assert.deepEqual([profile, zombies, operations.executed.send], ['none', 0, messages]);
    assert.ok(faults['large-crash'] >= 8, 'two events for each of four streams: a second loss shows the ceiling');
    const { log } = await page.look();
    assert.ok(log.some(({ text }) => text === 'connected again by WebSocket'));
    page.assertQuiet(BROKEN);
  }, { timeout: TOUR_MS + 20_000 });
});

inBrowsers(({ test }) => {
  test('on a phone, with less motion: it fits, is announced, and can be stopped', async (t, newContext) => {
    await server.fresh();
    const page = await ChatPage.open(await newContext({ viewport: PHONE }), server.url);
    await page.test('tour').press('Enter');
    await page.page.getByRole('button', { name: 'Stop the tour' }).waitFor();
    await eventually(() => lines(page), (all) => all.some((line) => /has ended EventSource/.test(line)));
    assert.equal(await page.page.getByRole('log', { name: 'What the tour does' }).getAttribute('aria-live'), 'polite');
    assert.deepEqual(await overflow(page.page), { scrollsBy: 0, outside: [] });
    assert.deepEqual((await contrasts(page.page)).filter(({ contrast }) => contrast < 4.5), []);
    await page.press('tour');
    await page.shows({ tour: 'stopped', fault: 'none' });
    assert.match((await lines(page)).at(-1), /^Stopped/);
    // What it had sent is there all the same.
    const { messages, profile } = await server.stats();
    assert.equal(profile, 'none');
    await page.showsWhole(messages, { state: 'live' });
    await page.say('The chat goes on.');
    await page.showsWhole(messages + 1);
    page.assertQuiet(BROKEN);
  });
}, { likes: ['less motion'] });

async function lines(page) {
  return page.page.locator('[data-testid="tour-line"] span:last-child').allTextContents();
}

/** All of the story, in its order. */
function assertTold(told) {
  let at = 0;
  for (const part of STORY) {
    const found = told.findIndex((line, index) => index >= at && part.test(line));
    assert.notEqual(found, -1, `${part} after line ${at} of:\n${told.join('\n')}`);
    at = found;
  }
}
