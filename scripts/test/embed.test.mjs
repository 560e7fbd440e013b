import assert from 'node:assert/strict';
import { test } from 'node:test';
import { literal, quoted } from '../lib/embed.mjs';
import { Problem } from '../lib/problem.mjs';

function evaluated(text) {
  return new Function(`return ${text}`)();
}

function numbers(string, shift = 0) {
  return Array.from({ length: string.length }, (_, i) => string.charCodeAt(i) - shift);
}

const BYTES = Array.from({ length: 256 }, (_, i) => i);

test('every byte comes back, whatever follows it', () => {
  const followers = Array.from({ length: 64 }, (_, code) => code); // digits and quotes are among them
  const all = BYTES.flatMap((code) => followers.flatMap((next) => [code, next]));
  assert.deepEqual(numbers(evaluated(quoted(all))), all);
});

test('an empty string and one of quotes alone come back', () => {
  for (const text of ['', '"', "'", '"\'"\'\\\n\r\0', '\u00001']) {
    assert.equal(evaluated(quoted(numbers(text))), text);
  }
});

test('numbers beyond a byte come back, up to the surrogates', () => {
  const all = Array.from({ length: 0xd800 }, (_, i) => i);
  assert.deepEqual(numbers(evaluated(quoted(all))), all);
  assert.throws(() => quoted([0xd800]), Problem);
  assert.throws(() => quoted([0xd7ff], 1), Problem);
});

test('the literal survives being written as UTF-8', () => {
  const all = Array.from({ length: 0xd800 }, (_, i) => i);
  const text = quoted(all);
  assert.equal(Buffer.from(text, 'utf8').toString('utf8'), text);
});

test('no raw NUL, LF, CR or line separator is left', () => {
  const codes = numbers(quoted([...BYTES, 0x2028, 0x2029]));
  for (const forbidden of [0, 10, 13, 0x2028, 0x2029]) assert.ok(!codes.includes(forbidden));
});

test('the shift is taken off all streams but the plain ones', () => {
  const streams = [BYTES, [], [0, 0x7fff], [10, 13]];
  const { text, shift } = literal(streams, [0, 3]);
  const decoded = evaluated(text).map((string, i) => numbers(string, [0, 3].includes(i) ? 0 : shift));
  assert.deepEqual(decoded, streams);
});
