import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runNodeTests } from '../lib/node-tests.mjs';
import { run } from '../lib/process.mjs';

/** Node would take itself for a part of this test. */
function quietly(command, args, { env, ...options }) {
  return run(command, args, { env: { NODE_TEST_CONTEXT: undefined, ...env }, ...options });
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
  await runNodeTests(quietly, [await written('good.test.mjs', `test('good', () => {});`)], { show: () => {} });
});

/** The failures that a run of these files tells. */
async function failures(...files) {
  let told;
  await assert.rejects(runNodeTests(quietly, files, { filesAtOnce: 2, show: () => {} }), (problem) => {
    assert.deepEqual([problem.name, problem.message], ['Problem', `${problem.failures.length} failed.`]);
    told = problem.failures;
    return true;
  });
  return told;
}

test('a failure names the tests that failed, where they are and why, and no others', async () => {
  const good = await written('fine.test.mjs', `test('fine', () => {});`);
  const bad = await written('bad.test.mjs', `test('outer', async (t) => {
    await t.test('right', () => {});
    await t.test('wrong', () => { throw new Error('two is not three'); });
  });`);
  const [{ name, place, lines, command }, ...more] = await failures(good, bad);
  assert.deepEqual([name, lines[0], more], ['outer, wrong', 'Error: two is not three', []]);
  assert.equal(place, bad);
  assert.equal(command, `node --test --test-name-pattern='^wrong$' ${bad}`);
});

test('what is expected and what was got is told', async () => {
  const body = `import assert from 'node:assert/strict'; test('unlike', () => assert.deepEqual([1, 2], [1, 3]));`;
  const [{ lines }] = await failures(await written('unlike.test.mjs', body));
  assert.deepEqual(['+   2', '-   3'].filter((line) => !lines.includes(line)), []);
});

test('the command for one of two browsers names it, and takes a name as it is', async () => {
  const body = `import { describe } from 'node:test';
for (const browser of ['chromium, dark', 'firefox, dark']) {
  describe(browser, () => test("it's (so) $1", () => { if (browser.startsWith('firefox')) throw new Error('no'); }));
}`;
  const file = await written('both.test.mjs', body);
  const [{ name, command }, ...more] = await failures(file, await written('whole.test.mjs', `test('whole', () => {});`));
  assert.deepEqual([name, more], [`firefox, dark, it's (so) $1`, []]);
  assert.ok(command.startsWith('LIFELINE_BROWSER=firefox node --test '), command);
  const output = await run('bash', ['-c', `${command} 2>&1; true`], { env: { NODE_TEST_CONTEXT: undefined } });
  assert.match(output, /# fail 1\n/);
});

test('what is thrown need not be an error, nor have a text', async () => {
  const [{ lines }] = await failures(await written('odd.test.mjs', `test('odd', () => { throw Object.assign(Object.create(null), { seen: 7 }); });`));
  assert.match(lines.join('\n'), /seen: 7/);
});

test('an assertion that compares objects with functions is told', async () => {
  const body = `import assert from 'node:assert/strict'; test('unlike', () => assert.deepEqual({ a: [] }, { a: () => {} }, 'not within 5 ms'));`;
  const [{ lines }] = await failures(await written('functions.test.mjs', body));
  assert.match(lines.join('\n'), /not within 5 ms/);
});

test('a file that cannot be read as a program is a failure too, and its command is the file', async () => {
  const broken = await written('broken.test.mjs', 'this is no program');
  const [{ name, lines, command }] = await failures(broken);
  assert.deepEqual([name, command], ['broken.test.mjs', `node --test ${broken}`]);
  assert.match(lines.join('\n'), /SyntaxError/);
});
