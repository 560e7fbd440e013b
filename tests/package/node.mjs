/** ESM and CommonJS in Node: no trace on loading, a subscription over fetch, an end by itself. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { run } from '../../scripts/lib/process.mjs';
import { place, world } from './support/world.mjs';

const SCRIPT_MS = 20_000;

export function inNode() {
  let folder;
  before(async () => (folder = await place('node')));

  for (const [way, script] of [['import', 'esm.mjs'], ['require', 'cjs.cjs']]) {
    test(`${way}: starts nothing; subscribes; ends by itself after dispose`, async () => {
      // a script that does not end by itself is ended, and fails
      const output = await run(process.execPath, [join(folder, script), world.endpoint], { cwd: folder, timeoutMs: SCRIPT_MS });
      const ticks = JSON.parse(output);
      assert.deepEqual(ticks, [ticks[0], ticks[0] + 1, ticks[0] + 2]);
    });
  }

  test('the entry for servers, both ways: no module in it, and it wraps a handler', async () => {
    const output = await run(process.execPath, [join(folder, 'server.mjs')], { cwd: folder, timeoutMs: SCRIPT_MS });
    assert.equal(output.trim(), 'both');
  });

  test('both ways in are of one make: each knows the errors of the other', async () => {
    const script = `
      import { createRequire } from 'node:module';
      import * as esm from 'graphql-lifeline';
      const cjs = createRequire(import.meta.url)('graphql-lifeline');
      const names = [esm, cjs].map((module) => Object.keys(module).filter((name) => !/^(default|module.exports|__esModule)$/.test(name)).sort());
      let refusal;
      try { cjs.createClient({}) } catch (error) { refusal = error }
      console.log(JSON.stringify({ names, known: esm.isLifelineError(refusal) }));`;
    const output = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, timeoutMs: SCRIPT_MS });
    const { names, known } = JSON.parse(output);
    assert.deepEqual(names[0], names[1]);
    assert.ok(names[0].includes('createClient'));
    assert.ok(known);
  });
}
