/** A policy without 'wasm-unsafe-eval': the module cannot start, and the error says what to do. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { policy, serveFolder } from './support/site.mjs';
import { visit } from './support/visit.mjs';
import { BROWSERS, place, world } from './support/world.mjs';

export function forbidden() {
  let site;
  before(async () => {
    const folder = await place('forbidden');
    site = await serveFolder(world.folder, policy(world.endpoint, ''));
    site.page = `${site.url}${folder.slice(world.folder.length)}/`;
  });
  after(() => site?.stop());

  for (const browser of BROWSERS) {
    test(`createClient throws wasm-unavailable and names the directive, in ${browser}`, async () => {
      const { outcome, violations } = await visit(browser, site.page);
      assert.deepEqual(violations, ['script-src forbids wasm-eval']); // so the other tests would see one
      for (const place of ['page', 'worker']) {
        const { message, ...facts } = outcome[place];
        assert.deepEqual(facts, { imported: true, ours: true, caused: true, name: 'LifelineError', code: 'wasm-unavailable' });
        assert.match(message, /'wasm-unsafe-eval'.*script-src/);
      }
    });
  }
}
