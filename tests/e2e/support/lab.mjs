/** A page with nothing on it but the package, from another origin than the server's, and a server that says what a test wants. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { BROKEN, watch } from './complaints.mjs';
import { eventually } from './eventually.mjs';

const LAB = 'tests/e2e/support/lab';
const FILES = {
  '/': [`${LAB}/index.html`, 'text/html; charset=utf-8'],
  '/lab.js': [`${LAB}/lab.js`, 'text/javascript'],
  '/recipes.js': [`${LAB}/recipes.js`, 'text/javascript'],
  '/journey.js': [`${LAB}/journey.js`, 'text/javascript'],
  '/lifeline.js': ['dist/index.js', 'text/javascript'],
  '/trapping.js': ['.cache/variants/deliberate-panic/dist/index.js', 'text/javascript'],
};

/** Serves the lab's files, and at /graphql what `streams` yields, one stream a request. */
export function useLab({ onStream = (response) => response.end() } = {}) {
  const lab = {};
  let server;
  before(async () => {
    server = createServer((request, response) => void answer(request, response, onStream).catch(() => response.destroy()));
    await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
    lab.url = `http://127.0.0.1:${server.address().port}`;
    lab.graphql = `${lab.url}/graphql`;
  });
  after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  /** `prepare` gets the page before it is loaded. */
  lab.open = async (newContext, prepare = () => {}) => {
    const context = await newContext();
    const page = await context.newPage();
    await prepare(page);
    const complaints = watch(page);
    await page.goto(lab.url);
    await loaded(page);
    return new LabPage(page, complaints);
  };
  return lab;
}

function loaded(page) {
  return eventually(() => page.evaluate(() => typeof globalThis.lab), 'object');
}

async function answer(request, response, onStream) {
  const { pathname } = new URL(request.url, 'http://lab');
  if (pathname === '/graphql') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(':\n\n');
    onStream(response);
    return;
  }
  const [path, type] = FILES[pathname] ?? [];
  if (path === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' }).end(await readFile(inRoot(path)));
}

/** Calls what lab/lab.js offers. */
class LabPage {
  constructor(page, complaints) {
    this.page = page;
    this.complaints = complaints;
  }

  call(name, ...args) {
    return this.page.evaluate(([method, given]) => globalThis.lab[method](...given), [name, args]);
  }

  async start(name, options, query, entry) {
    await this.call('create', name, options, ...(entry === undefined ? [] : [entry]));
    await this.call('subscribe', name, query);
  }

  /** The page as it was before `start`, but for what the browser keeps. */
  async reload() {
    await this.page.reload();
    await loaded(this.page);
  }

  look(name) {
    return this.call('look', name);
  }

  shows(name, expected, limitMs) {
    return eventually(() => this.look(name), expected, limitMs);
  }

  assertQuiet(expected = BROKEN) {
    assert.deepEqual(this.complaints.except(expected), []);
  }
}
