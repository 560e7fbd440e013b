/** A result as segments: PROTOCOL.md, "Segments". */

import { encoded, joined } from './bytes.js';
import { crc32 } from './crc.js';

/** Fewer bytes to a slice would be mostly framing. */
export const LEAST_SEGMENT_BYTES = 256;

/** So much is put together before it is handed on, so that small slices do not cost a write each. */
const BATCH_BYTES = 64 * 1024;

export interface Whole {
  /** The result's JSON, on one line. */
  readonly json: Uint8Array;
  /** The most bytes of a slice. */
  readonly most: number;
  /** Names it on its connection. */
  readonly result: number;
  /** The operation, on a reserved stream. */
  readonly operation: string | undefined;
  /** Lines that go with the last slice, once the result is whole. */
  readonly rest: Uint8Array;
}

/** The events of a result, several at a time. */
export function* segments({ json, most, result, operation, rest }: Whole): Generator<Uint8Array> {
  const ends = cuts(json, most);
  const whole = `"n":${ends.length},"b":${json.length},"c":${crc32(json)}}`;
  const whose = operation === undefined ? '' : `"id":${JSON.stringify(operation)},`;
  let batch: Uint8Array[] = [];
  let bytes = 0;
  let from = 0;
  for (const [i, end] of ends.entries()) {
    if (i === ends.length - 1) batch.push(rest);
    // A space behind the colon is dropped: with one there, a slice that begins with another keeps it.
    const head = encoded(`event:segment\ndata:{${whose}"r":${result},"i":${i},${whole}\ndata: `);
    batch.push(head, json.subarray(from, end), encoded('\n\n'));
    bytes += head.length + end - from;
    from = end;
    if (bytes < BATCH_BYTES && i < ends.length - 1) continue;
    yield joined(batch);
    batch = [];
    bytes = 0;
  }
}

/** Where slices end: none inside a UTF-8 sequence. */
function cuts(json: Uint8Array, most: number): number[] {
  const ends: number[] = [];
  for (let end = 0; end < json.length; ends.push(end)) {
    end = Math.min(end + most, json.length);
    // No sequence has more than three bytes like these, whatever is broken.
    for (let back = 0; back < 3 && isInside(json[end]); back++) end--;
  }
  return ends;
}

function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
