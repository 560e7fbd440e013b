import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { cache } from '../lib/paths.mjs';
import { make } from '../lib/stamp.mjs';

const name = `test-${process.pid}`;
let folder;
let made;

before(async () => (folder = await mkdtemp(join(tmpdir(), 'stamp-'))));
after(() => Promise.all([rm(folder, { recursive: true }), rm(join(cache, 'stamps', name), { force: true })]));
beforeEach(async () => {
  made = 0;
  await rm(join(cache, 'stamps', name), { force: true });
  await writeFile(join(folder, 'input'), 'one');
});

function build(more = {}) {
  const spec = { name, inputs: [join(folder, 'input')], outputs: [join(folder, 'output')], quiet: true, ...more };
  return make('test', spec, async () => {
    made += 1;
    await writeFile(join(folder, 'output'), '');
  });
}

test('what is up to date is not made again', async () => {
  await build();
  await build();
  assert.equal(made, 1);
});

test('another input, another value, a lost output and force make it again', async () => {
  await build();
  await writeFile(join(folder, 'input'), 'two');
  await build();
  await build({ values: { flag: 1 } });
  await rm(join(folder, 'output'));
  await build({ values: { flag: 1 } });
  await build({ values: { flag: 1 }, force: true });
  assert.equal(made, 5);
});

test('what failed is made again', async () => {
  await build();
  const spec = { name, inputs: [join(folder, 'input')], outputs: [join(folder, 'output')], force: true };
  await assert.rejects(make('test', spec, () => Promise.reject(new Error('broken'))), /broken/);
  await build();
  assert.equal(made, 2);
});
