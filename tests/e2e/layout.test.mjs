/** The page as it looks: on a phone and on a desk, light and dark, without complaints. The pictures are for people. */

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { RacePage } from '../../scripts/lib/race-page.mjs';
import { inBrowsers } from './support/browsers.mjs';
import { BROKEN, watch } from './support/complaints.mjs';
import { conversation } from './support/conversation.mjs';
import { eventually } from './support/eventually.mjs';
import { contrasts, overflow } from './support/look.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
const PICTURES = inRoot('.cache/screenshots');
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 740 } };
/** In Firefox, Playwright puts a style into the page before it takes a picture. */
const PHOTOGRAPHER = /blocked an inline style \(style-src-elem\)/;
const ENOUGH = 4.5;

for (const scheme of ['light', 'dark']) {
  inBrowsers(({ name: browser, test }) => {
    for (const [device, viewport] of Object.entries(SIZES)) {
      test(`${device}: readable, still, and nothing reaches out to the side`, async (t, newContext) => {
        const chat = await conversation(server, newContext, { viewport });
        const { page } = chat;
        await assertAsked(page, scheme);
        await assertWell(page);
        await picture(page, `${device}-${scheme}-${browser}`);
        for (const section of await page.locator('details').all()) await section.evaluate((element) => (element.open = true));
        await page.getByRole('button', { name: 'Isolate WebSocket' }).click(); // it would take over at once
        await server.fault({ profile: 'status', status: 503, retryAfter: '30', times: 10 });
        await server.fault({ profile: 'cut' });
        // The server names its wait only to those who ask by fetch; then all is on the page that there can be.
        await chat.shows({ state: 'waiting', words: /in (2\d|3\d) s/ });
        assert.equal(await page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === 'running').length), 0, 'nothing moves');
        await write(page, 'a long text '.repeat(300));
        await assertWell(page);
        await picture(page, `${device}-${scheme}-${browser}-waiting`);
        await page.screenshot({ path: join(PICTURES, `${device}-${scheme}-${browser}-full.png`), fullPage: true, caret: 'initial' });
        chat.assertQuiet(browser === 'firefox' ? new RegExp(`${BROKEN.source}|${PHOTOGRAPHER.source}`) : BROKEN);
        const violations = await page.evaluate(() => globalThis.violations);
        assert.deepEqual(violations.filter((violation) => browser === 'chromium' || violation !== 'style-src-elem: inline'), []);
      });

      test(`${device}: in trouble, with every instrument open`, async (t, newContext) => {
        const chat = await conversation(server, newContext, { viewport });
        const { page } = chat;
        for (const section of await page.locator('details').all()) await section.evaluate((element) => (element.open = true));
        for (const name of ['EventSource', 'fetch', 'WebSocket']) await page.getByRole('button', { name: `Isolate ${name}` }).click();
        await chat.press('fault-status-503');
        await chat.shows({ state: 'suspended', fault: 'status-503', gaps: (gaps) => gaps.length > 0 });
        assert.equal(await chat.test('next-try').textContent(), 'when a breaker is reset');
        await assertWell(page);
        await picture(page, `${device}-${scheme}-${browser}-suspended`);
        await page.screenshot({ path: join(PICTURES, `${device}-${scheme}-${browser}-suspended-full.png`), fullPage: true, caret: 'initial' });
      });

      test(`${device}: the race, with every configuration open`, async (t, newContext) => {
        await server.fresh();
        const context = await newContext({ viewport });
        const page = await context.newPage();
        const complaints = watch(page);
        await page.goto(`${server.url}/#race`);
        await page.getByTestId('race-eventsource-lost').waitFor();
        const race = new RacePage(page);
        await assertWell(page);
        await race.start('drop', 'all');
        await eventually(() => race.look(), { phase: 'running', clients: { lifeline: { received: (received) => received > 0 } } });
        await picture(page, `race-${device}-${scheme}-${browser}`);
        for (const section of await page.locator('.lane details').all()) await section.evaluate((element) => (element.open = true));
        await page.getByTestId('race-lifeline-copy').click();
        await eventually(() => page.getByTestId('race-copied').textContent(), /graphql-lifeline/);
        await assertWell(page);
        await page.screenshot({ path: join(PICTURES, `race-${device}-${scheme}-${browser}-full.png`), fullPage: true, caret: 'initial' });
        assert.deepEqual(complaints.except(browser === 'firefox' ? new RegExp(`${BROKEN.source}|${PHOTOGRAPHER.source}`) : BROKEN), []);
      });

      test(`${device}: the crowd, with a part of it waiting`, async (t, newContext) => {
        await server.fresh();
        const context = await newContext({ viewport });
        const page = await context.newPage();
        const complaints = watch(page);
        await page.goto(`${server.url}/#crowd`);
        await page.getByTestId('crowd-member').first().waitFor();
        await assertWell(page);
        await page.getByTestId('crowd-sharing').selectOption('wait');
        await page.getByTestId('crowd-run').click();
        await eventually(() => page.getByTestId('crowd-sent').textContent(), (sent) => Number(sent) >= 1);
        await page.getByTestId('crowd-night').click();
        await eventually(() => page.getByTestId('crowd-story').textContent(), /8 hours later/);
        await assertWell(page);
        await picture(page, `crowd-${device}-${scheme}-${browser}`);
        assert.deepEqual(complaints.except(browser === 'firefox' ? new RegExp(`${BROKEN.source}|${PHOTOGRAPHER.source}`) : BROKEN), []);
      });
    }
  }, { likes: [scheme, 'less motion'], longIn: scheme === 'dark' ? ['firefox'] : [] });
}

/** At once: Playwright types every character into Firefox. */
function write(page, text) {
  return page.getByTestId('message-input').evaluate((input, value) => {
    input.value = value;
    input.dispatchEvent(new Event('input'));
  }, text);
}

async function assertAsked(page, scheme) {
  assert.equal(await page.evaluate(() => matchMedia('(prefers-reduced-motion: reduce)').matches), true);
  const [red] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
  assert.equal(red < 128, scheme === 'dark');
}

async function assertWell(page) {
  const texts = await contrasts(page);
  assert.ok(texts.length > 20, `only ${texts.length} texts were found`);
  assert.deepEqual(texts.filter(({ contrast }) => contrast < ENOUGH), []);
  assert.deepEqual(await overflow(page), { scrollsBy: 0, outside: [] });
}

async function picture(page, name) {
  await mkdir(PICTURES, { recursive: true });
  // Hiding the caret would put a style into the page in Chromium too, and its policy forbids that.
  await page.screenshot({ path: join(PICTURES, `${name}.png`), caret: 'initial' });
}
