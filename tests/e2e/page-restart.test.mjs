/** The server stops and starts again on its port: two pages say what they do meanwhile, and chat on. */

import assert from 'node:assert/strict';
import { BROKEN } from './support/complaints.mjs';
import { eventually } from './support/eventually.mjs';
import { sideBySide } from './support-page/side-by-side.mjs';
import { openFor, sameList } from './support-page/talk.mjs';

/** `reconnecting in 3 s (attempt 5)`, then `connecting again (attempt 5)`. */
const ATTEMPT = /^(?:reconnecting in (\d+) s|connecting again) \(attempt (\d+)\)$/;

sideBySide(({ test, server }) => {
  test('reconnecting, with a countdown and the attempt; then live again, without a reload', async (t, newContext) => {
    await server.fresh();
    const pages = await openFor(newContext, server.url, ['Ann', 'Bob']);
    const [ann, bob] = pages;
    await ann.say('before');
    for (const page of pages) {
      await page.showsWhole(1);
      await keepWords(page);
    }
    await server.stop();
    t.after(() => server.start().catch(() => {})); // for the next test, if this one breaks
    for (const page of pages) {
      const told = await eventually(() => attempts(page), hasCountedDown, 25_000);
      assertInOrder(told);
      await page.shows({ notice: /does not answer/, texts: ['before'] });
      assert.equal(await page.test('state').isVisible() && await page.test('words').isVisible(), true);
    }
    await server.start();
    for (const page of pages) await page.shows({ state: 'live', transport: 'eventsource', notice: '' }, 25_000);
    await bob.say('after');
    await ann.say('again');
    // The new server counts from the beginning, and remembers nothing.
    for (const page of pages) {
      await page.shows({ ids: [1, 2], texts: ['after', 'again'], received: 3, duplicated: 0, lost: 0 });
      assert.notEqual(await page.page.evaluate(() => globalThis.words), undefined, 'not reloaded');
      page.assertQuiet(BROKEN);
    }
    await sameList(pages);
    assert.equal((await server.stats()).sse.live, 2);
  });
});

/** Keeps everything that the page says about its connection from now on. */
function keepWords({ page }) {
  return page.evaluate(() => {
    const element = document.querySelector('[data-testid="words"]');
    globalThis.words = [];
    const keep = (records) => {
      for (const { addedNodes } of records) for (const node of addedNodes) globalThis.words.push(node.textContent);
    };
    new MutationObserver(keep).observe(element, { childList: true });
  });
}

/** What it said of attempts, in order; without `seconds` where it was connecting. */
async function attempts({ page }) {
  const words = await page.evaluate(() => globalThis.words);
  return words
    .map((said) => ATTEMPT.exec(said))
    .filter(Boolean)
    .map(([, seconds, attempt]) => ({ seconds: seconds && Number(seconds), attempt: Number(attempt) }));
}

/** One second less within one attempt, and three attempts. */
function hasCountedDown(steps) {
  const falls = steps.some(({ seconds, attempt }, index) => attempt === steps[index + 1]?.attempt && steps[index + 1].seconds === seconds - 1);
  return falls && steps.some(({ attempt }) => attempt >= 4);
}

/** Within an attempt the seconds fall, and no attempt is left out. */
function assertInOrder(steps) {
  for (const [index, { seconds, attempt }] of steps.entries()) {
    const before = steps[index - 1];
    if (before === undefined) assert.equal(attempt, 2, JSON.stringify(steps));
    else if (attempt !== before.attempt) assert.equal(attempt, before.attempt + 1, JSON.stringify(steps));
    else if (seconds !== undefined) assert.ok(seconds < before.seconds, JSON.stringify(steps));
  }
}
