/** Puts the embedded module together again; scripts/lib/split.mjs takes it apart and says why. */

/** The streams that are more than the numbers of some instructions. */
const KINDS = 0;
const BLOCKS = 1;
const INSTRUCTIONS = 8;
const LOCALS = 9;
const RARE = 10;
const HEAD = 11;
const TAIL = 12;

/** The module's bytes. Only for what our own build has made: nothing is checked. */
export function unpack(streams: readonly string[], shift: number): Uint8Array<ArrayBuffer> {
  const read = streams.map(() => 0);
  const out: number[] = [];
  const next = (stream: number): number => streams[stream]!.charCodeAt(read[stream]!++) - shift;
  const plain = (stream: number): void => {
    for (const character of streams[stream]!) out.push(character.charCodeAt(0));
  };
  const counted = (stream: number): void => {
    for (let left = next(stream); left--;) out.push(next(stream));
  };
  /** LEB128. Where a byte has a successor (it is above 127), the character holds both. */
  const number = (stream: number): void => {
    let code;
    do {
      code = next(stream);
      if (code > 127) {
        out.push(code | 128);
        code = (code >> 7) - 1;
      }
      out.push(code);
    } while (code > 127);
  };

  plain(HEAD);
  while (read[INSTRUCTIONS]! < streams[INSTRUCTIONS]!.length) {
    let start = out.length;
    counted(LOCALS);
    for (let depth = 1; depth;) {
      const code = next(INSTRUCTIONS);
      const variant = code >> 8;
      const kind = streams[KINDS]!.charCodeAt(code & 255);
      const stream = kind & 7;
      out.push(code);
      if (variant === 1) counted(RARE);
      else if (stream) {
        if (stream === BLOCKS) depth++;
        if (kind > 71) out.push(variant ? variant - 2 : (kind >> 3) - 9);
        number(stream);
      } else if (code === 11) depth--;
    }
    // The function's length stands before it, in LEB128.
    let length = out.length - start;
    for (; length > 127; length >>= 7) out.splice(start++, 0, length | 128);
    out.splice(start, 0, length);
  }
  plain(TAIL);
  return new Uint8Array(out);
}
