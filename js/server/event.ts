/** One event, read from its bytes. */

import { decoded, joined, LF, Lines, SPACE } from './bytes.js';

const COLON = 58;
/** The longest name of a field that means something. */
const LONGEST = 'retry'.length;

export interface ServerSentEvent {
  /** Empty: none, which is the same as `message`. */
  readonly name: string;
  /** Its data, on one line: line ends between data lines are spaces, which is the same to JSON. */
  readonly data: Uint8Array;
  /** Its lines that are about the stream (`id`, `retry`), each with a line feed. */
  readonly rest: Uint8Array;
}

/** HTML: the fields of an event, for bytes that end with its empty line; nothing if it has no data. */
export function readEvent(bytes: Uint8Array): ServerSentEvent | undefined {
  const lines = new Lines(bytes);
  const data: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let name = '';
  for (let at = 0, end: number; (end = lines.end(at)) >= 0; at = lines.after(end)) {
    const line = bytes.subarray(at, end);
    const { field, value } = parsed(line);
    if (field === 'data') data.push(space, value);
    else if (field === 'event') name = decoded(value);
    else if (field === 'id' || field === 'retry') rest.push(line, lineFeed);
  }
  return data.length === 0 ? undefined : { name, data: joined(data.slice(1)), rest: joined(rest) };
}

const space = Uint8Array.of(SPACE);
const lineFeed = Uint8Array.of(LF);

function parsed(line: Uint8Array): { field: string; value: Uint8Array } {
  const colon = line.subarray(0, LONGEST + 1).indexOf(COLON);
  if (colon < 0) return { field: line.length > LONGEST ? '' : decoded(line), value: line.subarray(line.length) };
  const from = colon + (line[colon + 1] === SPACE ? 2 : 1);
  return { field: decoded(line.subarray(0, colon)), value: line.subarray(from) };
}
