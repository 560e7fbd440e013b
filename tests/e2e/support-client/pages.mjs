/** A page with nothing on it but the package, in each browser. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, describe, test as nodeTest } from 'node:test';
import { launch } from '../../../scripts/lib/browsers.mjs';
import { inRoot } from '../../../scripts/lib/paths.mjs';

const TEST_MS = 40_000;
const LAUNCH_MS = 60_000;
const HERE = 'tests/e2e/support-client';
const FILES = {
  '/': [`${HERE}/page.html`, 'text/html; charset=utf-8'],
  '/harness.js': [`${HERE}/harness.js`, 'text/javascript'],
  '/worker.js': [`${HERE}/worker.js`, 'text/javascript'],
  '/lifeline.js': ['dist/index.js', 'text/javascript'],
  '/trapping.js': ['.cache/variants/deliberate-panic/dist/index.js', 'text/javascript'],
};

/** Declares the tests for each browser, which is started once; a test gets node:test's context and a fresh page. */
export function inBrowsers(declare) {
  const site = serveFiles();
  for (const name of ['chromium', 'firefox']) {
    describe(name, () => {
      let browser;
      before(async () => {
        browser = await launch(name);
      }, { timeout: LAUNCH_MS });
      after(() => browser?.close(), { timeout: LAUNCH_MS });
      const test = (title, body) => nodeTest(title, { timeout: TEST_MS }, async (t) => body(t, await open(t, browser, site.url)));
      declare({ name, test });
    });
  }
}

function serveFiles() {
  const site = {};
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  before(async () => {
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    site.url = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return site;
}

async function answer(request, response) {
  const [path, type] = FILES[request.url] ?? [];
  if (path === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(await readFile(inRoot(path)));
}

async function open(t, browser, url) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = new Page(await context.newPage());
  await page.goto(url);
  return page;
}

/** Calls what harness.js offers. */
class Page {
  uncaught = [];
  #page;

  constructor(page) {
    this.#page = page;
    page.on('pageerror', (error) => this.uncaught.push(String(error)));
  }

  async goto(url) {
    await this.#page.goto(url);
    await this.#page.waitForFunction(() => globalThis.harness !== undefined);
  }

  call(name, ...args) {
    return this.#page.evaluate(([method, given]) => globalThis.harness[method](...given), [name, args]);
  }

  /** Starts a client with one operation; `name` is its name from then on. */
  start(name, options, request, how) {
    return this.call('start', name, options, request, how);
  }

  until(name, expected) {
    return this.call('until', name, expected);
  }

  look(name) {
    return this.call('look', name);
  }
}
