import assert from 'node:assert/strict';
import { test } from 'node:test';
import { family, living } from '../lib/process-tree.mjs';
import { run, start, stop } from '../lib/process.mjs';

const bash = (script, options) => run('bash', ['-c', script], options);

test('what a program wrote to stdout is returned', async () => {
  assert.equal(await bash('echo one; echo two >&2; echo three'), 'one\nthree');
});

test('a failure names the command, the exit code and the last lines', async () => {
  const failed = bash('for i in $(seq 100); do echo line $i; done; exit 3');
  await assert.rejects(failed, ({ message }) => {
    const lines = message.split('\n');
    assert.match(lines[0], /^`bash -c '.*'` failed with exit code 3\. Its last lines:$/);
    assert.equal(lines.length, 61);
    assert.equal(lines.at(-1), '  | line 100');
    return true;
  });
});

test('of a program whose output is shown the failure keeps it, and does not say it again', async () => {
  const script = `import { run } from ${JSON.stringify(new URL('../lib/process.mjs', import.meta.url).href)};
await run('bash', ['-c', 'echo one; echo two >&2; exit 3'], { show: true }).catch(({ message, output }) => console.log(JSON.stringify([message.includes('one;'), output.sort()])));`;
  const seen = await run('node', ['--input-type=module', '-e', script]);
  assert.deepEqual(seen.split('\n'), ['one', '[true,["one","two"]]']);
});

test('a program that does not exist is named', async () => {
  await assert.rejects(run('lifeline-nonesuch', []), /`lifeline-nonesuch` could not be started/);
});

test('a program that hangs is ended in time', async () => {
  await assert.rejects(bash('sleep 60', { timeoutMs: 100 }), /was ended after 100 ms: it seems to hang\./);
});

test('stopping a program ends what it started, even what ignores the first signal', async () => {
  const child = start('bash', ['-c', '(trap "" TERM; echo ready; sleep 60; sleep 60) & wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const members = family(child.pid);
  assert.ok(members.length >= 2);
  await stop(child, 200);
  assert.deepEqual(living(members), []);
});
