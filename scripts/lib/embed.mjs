/** The module's bytes as a JavaScript string: a character for each byte. */

import { brotliCompressSync } from 'node:zlib';

/**
 * How far each byte may be shifted. In UTF-8 and in a literal, 0, 10, 13 and 128 to 255 cost two
 * bytes and 1 to 9 cost one; a small shift brings WebAssembly's most frequent byte, 0, among the
 * cheap ones. It saves about 3 % after compression and costs the decoder one subtraction.
 */
const SHIFTS = [0, 1, 2, 3, 4, 5, 6, 7, 8];

/** The source of an expression for the bytes, and by how much each of its characters is too large. */
export function literal(bytes) {
  const tried = SHIFTS.map((shift) => {
    const text = quoted(bytes, shift);
    return { shift, text, size: brotliCompressSync(text).length };
  });
  return tried.reduce((best, next) => (next.size < best.size ? next : best));
}

function quoted(bytes, shift) {
  const codes = Uint8Array.from(bytes, (byte) => byte + shift);
  const count = (quote) => codes.reduce((sum, code) => sum + (code === quote.charCodeAt(0) ? 1 : 0), 0);
  const quote = count('"') <= count("'") ? '"' : "'";
  let text = quote;
  codes.forEach((code, i) => (text += escaped(code, quote, codes[i + 1])));
  return text + quote;
}

/** ECMAScript: a string literal may hold any character but its quote, backslash, LF and CR. */
function escaped(code, quote, next) {
  if (code === 0) return next >= 48 && next <= 57 ? '\\x00' : '\\0'; // HTML parsers drop a raw NUL; \01 is octal
  if (code === 10) return '\\n';
  if (code === 13) return '\\r';
  const character = String.fromCharCode(code);
  return character === quote || character === '\\' ? `\\${character}` : character;
}
