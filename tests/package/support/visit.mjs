/** Opens a page, waits for its `globalThis.outcome`, and tells what it said and what went wrong on the way. */

import { world } from './world.mjs';

const PAGE_MS = 45_000;

/** What Firefox asks for by itself, sooner or later, and the policy forbids. It is not the package's doing. */
const FAVICON = '/favicon.ico';

/**
 * `outcome`: what the page's promise became. `violations`: directives of the policy that the page broke.
 * `errors`: what the console shows as an error or a warning, exceptions that nobody caught, requests that failed.
 */
export async function visit(name, url) {
  const context = await world.browsers[name].newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(PAGE_MS);
    const errors = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
    await page.addInitScript(() => {
      globalThis.violations = [];
      addEventListener('securitypolicyviolation', (event) => {
        globalThis.violations.push(`${event.effectiveDirective} forbids ${event.blockedURI}`);
      });
    });
    await page.goto(url); // until the load event, which module scripts come before
    const outcome = await inTime(page.evaluate(() => globalThis.outcome ?? 'the page has not started'), errors);
    const violations = await page.evaluate(() => globalThis.violations);
    const ours = (text) => !text.includes(FAVICON);
    return { outcome, errors: errors.filter(ours), violations: violations.filter(ours) };
  } finally {
    await context.close();
  }
}

/** Playwright waits for a page's promise for ever. */
async function inTime(promise, errors) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no outcome within ${PAGE_MS} ms; ${errors.join('; ') || 'no error'}`)), PAGE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
