/** `graphql-lifeline/pkg`: the module and its glue as two plain files. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { run } from '../../scripts/lib/process.mjs';
import { policy, serveFolder } from './support/site.mjs';
import { visit } from './support/visit.mjs';
import { BROWSERS, place, world } from './support/world.mjs';

export function pkg() {
  let site;
  before(async () => {
    await place('pkg');
    site = await serveFolder(world.folder, policy(world.endpoint));
  });
  after(() => site?.stop());

  for (const browser of BROWSERS) {
    for (const [how, flag] of [['by its address', ''], ['from beside its glue', '&alone']]) {
      test(`the module loads ${how} and works, in ${browser}`, async () => {
        const page = await visit(browser, `${site.url}/pkg/?endpoint=${world.endpoint}${flag}`);
        assert.deepEqual(page, { outcome: [1, 2, 3], errors: [], violations: [] });
      });
    }
  }

  test('both files have a name that resolves', async () => {
    const script = `
      const names = ['graphql-lifeline/pkg', 'graphql-lifeline/pkg/graphql_lifeline_bg.wasm'];
      console.log(names.map((name) => import.meta.resolve(name)).join('\\n'));`;
    const output = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: world.folder, timeoutMs: 20_000 });
    const expected = ['graphql_lifeline.js', 'graphql_lifeline_bg.wasm'];
    assert.deepEqual(output.split('\n'), expected.map((name) => pathToFileURL(join(world.installed, 'pkg', name)).href));
  });
}
