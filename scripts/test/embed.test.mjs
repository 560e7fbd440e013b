import assert from 'node:assert/strict';
import { test } from 'node:test';
import { literal } from '../lib/embed.mjs';

/** What the built package does: evaluate the literal, take the shift off again. */
function decoded({ text, shift }) {
  const string = new Function(`return ${text}`)();
  return Uint8Array.from(string, (character) => character.charCodeAt(0) - shift);
}

test('every byte comes back, whatever follows it', () => {
  const followers = Array.from({ length: 64 }, (_, code) => code); // digits and quotes are among them
  const all = Array.from({ length: 256 }, (_, code) => followers.flatMap((next) => [code, next]));
  const bytes = Uint8Array.from(all.flat());
  assert.deepEqual(decoded(literal(bytes)), bytes);
});

test('an empty module and one of quotes alone come back', () => {
  for (const text of ['', '"', "'", '"\'"\'\\\n\r\0', '\u00001']) {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    assert.deepEqual(decoded(literal(bytes)), bytes);
  }
});

test('the literal survives being written as UTF-8', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const { text, shift } = literal(bytes);
  assert.deepEqual(decoded({ text: Buffer.from(text, 'utf8').toString('utf8'), shift }), bytes);
});

test('no raw NUL, LF or CR is left', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const codes = Array.from(literal(bytes).text, (character) => character.charCodeAt(0));
  for (const forbidden of [0, 10, 13]) assert.ok(!codes.includes(forbidden));
});
