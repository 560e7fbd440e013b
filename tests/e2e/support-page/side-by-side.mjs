/** The same tests in both browsers at the same time, each with a server of its own: most of their time is waiting. */

import { describe } from 'node:test';
import { inBrowsers } from '../support/browsers.mjs';
import { useServer } from '../support/server.mjs';

/** `declare` gets `{ name, test, server }`. */
export function sideBySide(declare, options = {}) {
  describe('side by side', { concurrency: true }, () => {
    for (const browser of options.browsers ?? ['chromium', 'firefox']) {
      describe(`with ${browser}`, { concurrency: 1 }, () => {
        const server = useServer();
        inBrowsers((browserTools) => declare({ ...browserTools, server }), { ...options, browsers: [browser] });
      });
    }
  });
}
