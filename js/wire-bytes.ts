/** The size of a value on the wire. */

/** Bytes of the value as JSON in UTF-8, escapes counted; 0 for what JSON leaves out. Throws what `JSON.stringify` throws. */
export function wireBytes(value: unknown): number {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) return 0;
  let bytes = json.length;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    // JSON.stringify escapes lone surrogates: each one here is half of a pair of four bytes
    if (code > 0x7f) bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}
