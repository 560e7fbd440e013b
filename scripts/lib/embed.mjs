/** The module's streams (scripts/lib/split.mjs) as JavaScript strings: a character for each number. */

import { brotliCompressSync } from 'node:zlib';
import { Problem } from './problem.mjs';

/**
 * How far the numbers may be shifted. The most frequent ones are small: the shift brings them past
 * what takes an escape (0, 10, 13 and a quote), and among the characters for which brotli expects
 * text. That saves more than 200 bytes; which of these is best is a matter of a few.
 */
const SHIFTS = [36, 37, 38, 39, 40, 41, 42, 43, 44];

/** The source of an expression for the streams, and by how much the characters of all but the `plain` ones are too large. */
export function literal(streams, plain = []) {
  const tried = SHIFTS.map((shift) => {
    const text = `[${streams.map((stream, i) => quoted(stream, plain.includes(i) ? 0 : shift)).join(',')}]`;
    return { shift, text, size: brotliCompressSync(text).length };
  });
  return tried.reduce((best, next) => (next.size < best.size ? next : best));
}

/** The source of a string with a character for each number. */
export function quoted(numbers, shift = 0) {
  const codes = Array.from(numbers, (number) => number + shift);
  const count = (quote) => codes.filter((code) => code === quote.charCodeAt(0)).length;
  const quote = count('"') <= count("'") ? '"' : "'";
  return quote + codes.map((code, i) => escaped(code, quote, codes[i + 1])).join('') + quote;
}

/** ECMAScript: a string literal may hold any character but its quote, backslash, LF and CR. */
function escaped(code, quote, next) {
  if (code === 0) return next >= 48 && next <= 57 ? '\\x00' : '\\0'; // HTML parsers drop a raw NUL; \01 is octal
  if (code === 10) return '\\n';
  if (code === 13) return '\\r';
  if (code === 0x2028 || code === 0x2029) return `\\u${code.toString(16)}`; // ends a line before ES2019
  if (code >= 0xd800) {
    throw new Problem(`scripts/lib/split.mjs has made the number ${code}, which has no character: in UTF-8 a surrogate cannot stand alone.`);
  }
  const character = String.fromCharCode(code);
  return character === quote || character === '\\' ? `\\${character}` : character;
}
