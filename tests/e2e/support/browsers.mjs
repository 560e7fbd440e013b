/** The same tests in each browser, which is started once for all files of a suite, where it needs nothing special. */

import { after, before, describe, test as nodeTest } from 'node:test';
import { launch, shared } from '../../../scripts/lib/browsers.mjs';
import { LONG } from './long.mjs';

const TEST_MS = 45_000;
const LAUNCH_MS = 60_000;
const BOTH = ['chromium', 'firefox'];
/** One of them, for whoever wants to see one test alone. */
const ONLY = process.env.LIFELINE_BROWSER;

/** Playwright cannot tell Debian's Firefox what the user prefers: its own preferences must. */
const FIREFOX_LIKES = {
  'dark': { 'layout.css.prefers-color-scheme.content-override': 0 },
  'light': { 'layout.css.prefers-color-scheme.content-override': 1 },
  'less motion': { 'ui.prefersReducedMotion': 1 },
};
const CHROMIUM_LIKES = {
  'dark': { colorScheme: 'dark' },
  'light': { colorScheme: 'light' },
  'less motion': { reducedMotion: 'reduce' },
};

/**
 * `declare` gets `{ name, test }`; its tests get node:test's context and a function that opens a browser context.
 * `launching`: more of what Playwright launches each browser with, by its name. `typing`: tests that use the keyboard;
 * among the windows of one Firefox, as among those of a desktop, only one has the focus. `longIn`: the browsers
 * in which only `npm run test:long` runs them. A test's `skip` says why it cannot pass yet.
 */
export function inBrowsers(declare, { browsers = BOTH, likes = [], launching = {}, typing = false, longIn = [] } = {}) {
  const chosen = (name) => (ONLY === undefined ? LONG || !longIn.includes(name) : ONLY === name);
  for (const name of browsers.filter(chosen)) {
    describe([name, ...likes].join(', '), () => {
      let browser;
      before(async () => (browser = await started(name, { likes, launching: launching[name], alone: typing && name === 'firefox' })), { timeout: LAUNCH_MS });
      after(() => browser?.close(), { timeout: LAUNCH_MS });

      const test = (title, body, { timeout = TEST_MS, long = false, skip = false } = {}) =>
        (LONG || !long) && nodeTest(title, { timeout, skip }, (t) => body(t, (options) => newContext(t, browser, name, likes, options)));
      declare({ name, test });
    });
  }
}

function started(name, { likes, launching: { firefoxUserPrefs, ...more } = {}, alone }) {
  const preferences = { ...(name === 'firefox' && merged(FIREFOX_LIKES, likes)), ...firefoxUserPrefs };
  const options = { ...more, ...(Object.keys(preferences).length > 0 && { firefoxUserPrefs: preferences }) };
  return alone || Object.keys(options).length > 0 ? launch(name, options) : shared(name);
}

/** A browser context that closes with the test. */
async function newContext(t, browser, name, likes, options = {}) {
  const context = await browser.newContext({ ...(name === 'chromium' ? merged(CHROMIUM_LIKES, likes) : {}), ...options });
  context.setDefaultTimeout(15_000);
  t.after(() => context.close());
  return context;
}

function merged(table, likes) {
  return Object.assign({}, ...likes.map((like) => table[like]));
}
