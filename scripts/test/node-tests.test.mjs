import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runNodeTests } from '../lib/node-tests.mjs';
import { run } from '../lib/process.mjs';

/** `node --test` would take itself for a part of this test. What it prints is kept out of what is looked at. */
async function quietly(command, args) {
  await run(command, args, { env: { NODE_TEST_CONTEXT: undefined } }).catch(({ message }) => {
    throw new Error(message.split(' Its last lines:')[0]);
  });
}

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'node-tests-'))));
after(() => rm(folder, { recursive: true }));

async function written(name, body) {
  const file = join(folder, name);
  await writeFile(file, `import { test } from 'node:test';\n${body}\n`);
  return file;
}

test('tests that pass say nothing', async () => {
  await runNodeTests(quietly, [], [await written('good.test.mjs', `test('good', () => {});`)]);
});

test('a failure names the tests that failed, where they are and why, and no others', async () => {
  const good = await written('fine.test.mjs', `test('fine', () => {});`);
  const bad = await written('bad.test.mjs', `test('outer', async (t) => {
    await t.test('right', () => {});
    await t.test('wrong', () => { throw new Error('two is not three'); });
  });`);
  await assert.rejects(runNodeTests(quietly, [], [good, bad]), ({ name, message }) => {
    assert.equal(name, 'Problem');
    assert.match(message, / failed with exit code 1\.\n✖ wrong \(.*bad\.test\.mjs:4\)\n {2}\| Error: two is not three\n/);
    assert.doesNotMatch(message, /✖ (outer|right|fine)/);
    return true;
  });
});

test('what is thrown need not be an error, nor have a text', async () => {
  const odd = await written('odd.test.mjs', `test('odd', () => { throw Object.assign(Object.create(null), { seen: 7 }); });`);
  await assert.rejects(runNodeTests(quietly, [], [odd]), ({ message }) => /✖ odd .*\n.*seen: 7/.test(message));
});

test('an assertion that compares objects with functions is told', async () => {
  const body = `import assert from 'node:assert/strict'; test('unlike', () => assert.deepEqual({ a: [] }, { a: () => {} }, 'not within 5 ms'));`;
  await assert.rejects(runNodeTests(quietly, [], [await written('unlike.test.mjs', body)]), ({ message }) => /✖ unlike .*\n.*not within 5 ms/.test(message));
});

test('a file that cannot be read as a program is a failure too', async () => {
  const broken = await written('broken.test.mjs', 'this is no program');
  await assert.rejects(runNodeTests(quietly, [], [broken]), ({ message }) => /✖ .*broken\.test\.mjs/.test(message));
});
