/**
 * Vite's dev server, which serves the package through its own dependency bundling. The policy is the same:
 * Vite's client comes from the page's own origin, and `connect-src 'self'` covers its WebSocket there.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWorked } from './support/outcome.mjs';
import { policy } from './support/site.mjs';
import { visit } from './support/visit.mjs';
import { BROWSERS, place, world } from './support/world.mjs';

export function devServer() {
  let server;
  let url;
  const asked = [];
  before(async () => {
    const { createServer } = await import('vite');
    const remember = (request, _, next) => (asked.push(request.url), next());
    const plugins = [{ name: 'remember', configureServer: ({ middlewares }) => void middlewares.use(remember) }];
    server = await createServer({
      root: await place('app', 'app-dev'),
      configFile: false,
      logLevel: 'error',
      plugins,
      server: { host: '127.0.0.1', port: 0, headers: { 'content-security-policy': policy(world.endpoint) } },
    });
    await server.listen();
    url = `http://127.0.0.1:${server.httpServer.address().port}/`;
  });
  after(() => server?.close());

  for (const browser of BROWSERS) {
    test(`page and worker in ${browser}`, async () => {
      assertWorked(await visit(browser, `${url}?endpoint=${world.endpoint}`));
      assert.deepEqual(asked.filter((path) => path.includes('.wasm')), []);
    });
  }
}
