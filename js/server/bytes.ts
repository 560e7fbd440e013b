/** Bytes and text. */

export const LF = 10;
export const CR = 13;
export const SPACE = 32;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function encoded(text: string): Uint8Array {
  return encoder.encode(text);
}

export function decoded(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** All in one; a single piece is not copied. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first) return first;
  const whole = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Finds the ends of lines, each byte looked at once, however many lines there are. */
export class Lines {
  #lf = -1;
  #cr = -1;

  constructor(private readonly bytes: Uint8Array) {}

  /** Where the line that begins at `from` ends: at its CR or LF; -1 if there is neither. To be asked from front to back. */
  end(from: number): number {
    this.#lf = this.#next(this.#lf, LF, from);
    this.#cr = this.#next(this.#cr, CR, from);
    const end = Math.min(this.#lf, this.#cr);
    return end === Infinity ? -1 : end;
  }

  /** Where the line behind an end begins: CRLF is one end. */
  after(end: number): number {
    return end + (this.bytes[end] === CR && this.bytes[end + 1] === LF ? 2 : 1);
  }

  #next(known: number, byte: number, from: number): number {
    if (known >= from) return known;
    const found = this.bytes.indexOf(byte, from);
    return found < 0 ? Infinity : found;
  }
}
