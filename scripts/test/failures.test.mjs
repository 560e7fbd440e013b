import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quoted, rustFailures, toldFailures } from '../lib/failures.mjs';
import { Problem } from '../lib/problem.mjs';

const OUTPUT = `
running 3 tests
test fine ... ok
test parts::wrong ... FAILED
test also_wrong ... FAILED

failures:

---- parts::wrong stdout ----

thread 'parts::wrong' (77) panicked at tests/x.rs:4:5:
assertion \`left == right\` failed
  left: 1
 right: 2

---- also_wrong stdout ----
thread 'also_wrong' (78) panicked at tests/x.rs:9:5:
not this


failures:
    also_wrong
    parts::wrong

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

error: test failed, to rerun pass \`--test x\``.split('\n');

test('of Rust tests each one that failed is told, with what it said, and how to run it alone', () => {
  const [first, second, ...more] = rustFailures(OUTPUT, (name) => `run ${name}`);
  assert.deepEqual([first.name, first.command, more], ['parts::wrong', 'run parts::wrong', []]);
  assert.deepEqual(first.lines.slice(1), ['assertion `left == right` failed', '  left: 1', ' right: 2']);
  assert.deepEqual([second.name, second.lines.length], ['also_wrong', 2]);
});

test('output without a failed test names none', () => {
  assert.deepEqual(rustFailures(['error[E0425]: cannot find value', 'error: could not compile'], String), []);
});

test('what is told names the suite, the test, its place, what it said and its command', () => {
  const problem = new Problem('`cargo test` failed with exit code 101.', { failures: [{ name: 'wrong', place: 'tests/x.rs:4', lines: ['left: 1'], command: 'cargo test wrong' }] });
  assert.equal(toldFailures('native', problem), 'native: `cargo test` failed with exit code 101.\n✖ wrong (tests/x.rs:4)\n  | left: 1\n  alone: cargo test wrong');
});

test('a suite that names no test tells the end of its output, and its own command', () => {
  const problem = new Problem('`tsc` failed with exit code 1.', { output: Array.from({ length: 100 }, (_, n) => `line ${n + 1}`) });
  const told = toldFailures('types', problem).split('\n');
  assert.deepEqual([told.length, told[2], told.at(-2), told.at(-1)], [43, '  | line 61', '  | line 100', '  alone: npm test -- types']);
});

test('a word is quoted where a shell would read it otherwise', () => {
  assert.deepEqual([quoted('tests/a.mjs'), quoted('a b'), quoted("it's"), quoted('$x')], ['tests/a.mjs', "'a b'", `'it'\\''s'`, "'$x'"]);
});
