/** The same tests in each browser, which is started once. */

import { after, before, describe, test as nodeTest } from 'node:test';
import { launch } from '../../../scripts/lib/browsers.mjs';

const TEST_MS = 45_000;
const LAUNCH_MS = 60_000;
const BOTH = ['chromium', 'firefox'];

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
 * `launching`: more of what Playwright launches each browser with, by its name.
 */
export function inBrowsers(declare, { browsers = BOTH, likes = [], launching = {} } = {}) {
  for (const name of browsers) {
    describe([name, ...likes].join(', '), () => {
      let browser;
      before(async () => {
        const { firefoxUserPrefs, ...more } = launching[name] ?? {};
        browser = await launch(name, { ...more, ...(name === 'firefox' && { firefoxUserPrefs: { ...merged(FIREFOX_LIKES, likes), ...firefoxUserPrefs } }) });
      }, { timeout: LAUNCH_MS });
      after(() => browser?.close(), { timeout: LAUNCH_MS });

      const test = (title, body, { timeout = TEST_MS } = {}) =>
        nodeTest(title, { timeout }, (t) => body(t, (options) => newContext(t, browser, name, likes, options)));
      declare({ name, test });
    });
  }
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
