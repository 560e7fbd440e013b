import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skippedRows } from '../lib/skipped.mjs';

test('what is skipped is named, with the reason', () => {
  const skipped = new Map([['nginx', 'There is no nginx here.'], ['ariadne', '`pip install` failed with exit code 1. Its last lines:\n  | Looking\n  | No such version']]);
  assert.deepEqual(skippedRows(skipped), [
    ['  nginx: There is no nginx here.', 'skipped', ''],
    ['  ariadne: `pip install` failed with exit code 1. No such version', 'skipped', ''],
  ]);
  assert.deepEqual(skippedRows(new Map()), []);
});

test('no more of a reason than fits', () => {
  assert.deepEqual(skippedRows(new Map([['one', 'x'.repeat(200)]])), [[`  one: ${'x'.repeat(119)}…`, 'skipped', '']]);
});
