/** Puts the embedded module together again. scripts/lib/split.mjs takes it apart, and describes the streams. */

/** The streams, but for those of numbers, 1 to 10, which are found by way of the first one. */
const KINDS = 0;
const BLOCKS = 1;
const OFFSETS = 8;
const INSTRUCTIONS = 11;
const DECLARATIONS = 12;
const RARE = 13;
const HEAD = 14;
const TAIL = 15;

const END = 11;

/**
 * The module's bytes. Nothing is checked: the build has made the streams, and tried them.
 *
 * One plain function: a page waits for it, and it runs once, before any engine has optimised it.
 */
export function unpack(streams: readonly string[], shift: number, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length); // takes any number modulo 256
  let at = 0;
  const read = streams.map(() => 0);
  const next = (stream: number): number => streams[stream]!.charCodeAt(read[stream]!++) - shift;
  const kinds = streams[KINDS]!;
  const head = streams[HEAD]!;
  const instructions = streams[INSTRUCTIONS]!;
  const tail = streams[TAIL]!;

  for (let i = 0; i < head.length;) out[at++] = head.charCodeAt(i++);
  for (let i = 0; i < instructions.length;) {
    let start = at;
    for (let left = next(DECLARATIONS); left--;) out[at++] = next(DECLARATIONS);
    for (let depth = 1; depth;) {
      let code = instructions.charCodeAt(i++) - shift;
      const stream = kinds.charCodeAt(code & 255) & 15; // NaN beyond the last opcode of a kind, and NaN & 15 is 0
      out[at++] = code;
      if (code > 255) {
        for (let left = next(RARE); left--;) out[at++] = next(RARE);
      } else if (stream) {
        if (stream === BLOCKS) depth++;
        if (stream === OFFSETS) at++; // the alignment, 0
        do {
          // A byte above 127 has a successor, and one character for both.
          code = next(stream);
          if (code > 127) {
            out[at++] = code | 128;
            code = (code >> 7) - 1;
          }
          out[at++] = code;
        } while (code > 127);
      } else if (code === END) depth--;
    }
    // The function's length stands before it, in LEB128.
    let size = at - start;
    for (; size > 127; size >>= 7) {
      out.copyWithin(start + 1, start, at++);
      out[start++] = size | 128;
    }
    out.copyWithin(start + 1, start, at++);
    out[start] = size;
  }
  for (let i = 0; i < tail.length;) out[at++] = tail.charCodeAt(i++);
  return out;
}
