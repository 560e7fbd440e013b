/** The bytes of an event stream, with large results as segments and everything else as it came. */

import { CR, joined, LF, Lines } from './bytes.js';
import { readAddressed } from './addressed.js';
import { readEvent } from './event.js';
import { LEAST_SEGMENT_BYTES, segments } from './segments.js';

const BOM = [0xef, 0xbb, 0xbf];

export interface Manner {
  /** The most bytes of a slice for a result, of this operation on a reserved stream; none: it stays whole. */
  readonly limitOf: (operation: string | undefined) => number | undefined;
  /** Names of the events that are results. */
  readonly results: readonly string[];
  /** A reserved stream, on which a result says whose it is. */
  readonly reserved: boolean;
  /** An event of more bytes passes as it is. */
  readonly maxEventBytes: number;
}

export class Splitter {
  /** Has nothing but whole events come out so far? */
  between = true;
  /** An event of no more bytes is not looked into: its result is smaller still. */
  readonly #least: number;
  /** So much of an event waits for its end; 0 if nothing is ever split. */
  readonly #most: number;
  /** Of the event that has begun, if its end is waited for. */
  #held: Uint8Array[] = [];
  #bytes = 0;
  /** It passes as it comes. */
  #passing = false;
  /** The line that has begun is empty so far. */
  #empty = true;
  /** The last byte was a CR: an LF now belongs to it. */
  #cr = false;
  /** The first bytes, while they may be a byte order mark; none once that is settled. */
  #first: Uint8Array | undefined = new Uint8Array();
  #result = 0;

  constructor(private readonly manner: Manner) {
    const limit = manner.limitOf(undefined);
    this.#least = manner.reserved ? LEAST_SEGMENT_BYTES : limit ?? Infinity;
    this.#most = this.#least === Infinity ? 0 : manner.maxEventBytes;
  }

  /** What comes out for some bytes, cut anywhere. To be taken to its end before the next. */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    const chunk = this.#withoutMark(bytes);
    if (chunk.length === 0) return;
    const lines = new Lines(chunk);
    let out = 0; // what is before this has come out
    let begin = 0; // where the event has begun that is not over
    let at = 0;
    if (this.#cr && chunk[0] === LF) {
      at = 1;
      if (this.#bytes === 0 && !this.#passing) begin = 1; // it belongs to the event before
    }
    this.#cr = chunk.at(-1) === CR;
    for (let end: number; (end = lines.end(at)) >= 0; ) {
      const blank = this.#empty && end === at;
      at = lines.after(end);
      this.#empty = true;
      if (!blank) continue;
      // HTML: an empty line ends an event.
      const bytes = this.#bytes + at - begin;
      if (!this.#passing && bytes > this.#least && bytes <= this.#most) {
        if (out < begin) yield chunk.subarray(out, begin);
        yield* this.#split(this.#taken(chunk.subarray(begin, at)));
        out = at;
      } else if (this.#bytes > 0) {
        yield this.#taken(chunk.subarray(0, at));
        out = at;
      }
      this.#passing = false;
      begin = at;
    }
    if (at < chunk.length) this.#empty = false;
    const rest = chunk.subarray(begin);
    this.#passing ||= rest.length > 0 && this.#bytes + rest.length > this.#most;
    if (this.#passing) {
      this.between = false;
      yield this.#taken(chunk.subarray(out));
    } else {
      this.between = true;
      if (out < begin) yield chunk.subarray(out, begin);
      if (rest.length > 0) this.#held.push(rest);
      this.#bytes += rest.length;
    }
  }

  /** What was still waited for comes as it is, once: nobody takes half an event for one. */
  *end(): Generator<Uint8Array> {
    const rest = this.#taken(this.#first ?? new Uint8Array());
    this.#first = undefined;
    if (rest.length > 0) yield rest;
  }

  /** All that is held of an event, and the rest of it. */
  #taken(...rest: Uint8Array[]): Uint8Array {
    const whole = joined([...this.#held, ...rest]);
    this.#held = [];
    this.#bytes = 0;
    return whole;
  }

  *#split(bytes: Uint8Array): Generator<Uint8Array> {
    const { limitOf, results, reserved } = this.manner;
    const event = readEvent(bytes);
    if (event && results.includes(event.name)) {
      const { id, payload } = reserved ? readAddressed(event.data) ?? {} : { id: undefined, payload: event.data };
      const most = payload && limitOf(id);
      if (payload && most && payload.length > most) {
        const result = this.#result;
        this.#result = (result + 1) >>> 0;
        yield* segments({ json: payload, most, result, operation: id, rest: event.rest });
        return;
      }
    }
    yield bytes;
  }

  /** HTML: one byte order mark at the very beginning is dropped. With a comment before it, it would be none. */
  #withoutMark(bytes: Uint8Array): Uint8Array {
    if (this.#first === undefined) return bytes;
    const start = joined([this.#first, bytes]);
    const alike = BOM.findIndex((byte, at) => start[at] !== byte);
    this.#first = alike >= start.length ? start : undefined;
    if (this.#first) return new Uint8Array();
    return alike < 0 ? start.subarray(BOM.length) : start;
  }
}
