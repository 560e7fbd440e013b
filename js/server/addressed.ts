/** The data of a `next` event on a reserved stream: `{"id":"7-2","payload":{…}}`. */

import { decoded } from './bytes.js';

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;
const COMMA = 44;
const OPEN = '{'.charCodeAt(0);
const CLOSE = '}'.charCodeAt(0);
const OPEN_LIST = '['.charCodeAt(0);
const CLOSE_LIST = ']'.charCodeAt(0);

export interface Addressed {
  readonly id: string;
  /** The payload's JSON, as it stands there. */
  readonly payload: Uint8Array;
}

/** Whose it is, and what; nothing if it is not of that shape. The keys may stand in any order, and others beside them. */
export function readAddressed(json: Uint8Array): Addressed | undefined {
  let id: unknown;
  let payload: Uint8Array | undefined;
  let at = blank(json, 0);
  if (json[at] !== OPEN) return undefined;
  do {
    at = blank(json, at + 1);
    if (json[at] !== QUOTE) return undefined;
    const key = at;
    at = stringEnd(json, at);
    const name = parse(json.subarray(key, at));
    at = blank(json, at);
    if (json[at] !== COLON) return undefined;
    const from = blank(json, at + 1);
    at = valueEnd(json, from);
    const value = json.subarray(from, at);
    if (name === 'id') id = parse(value);
    if (name === 'payload') payload = value;
    at = blank(json, at);
  } while (json[at] === COMMA);
  return json[at] === CLOSE && typeof id === 'string' && payload ? { id, payload } : undefined;
}

function parse(json: Uint8Array): unknown {
  try {
    return JSON.parse(decoded(json));
  } catch {
    return undefined;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

/** The first byte from there on that is not blank. */
function blank(json: Uint8Array, at: number): number {
  while (isBlank(json[at])) at++;
  return at;
}

/** Behind the string that begins there, or the end of everything. */
function stringEnd(json: Uint8Array, from: number): number {
  for (let at = from + 1; at < json.length; at++) {
    if (json[at] === BACKSLASH) at++;
    else if (json[at] === QUOTE) return at + 1;
  }
  return json.length;
}

/** Behind the value that begins there: as far as its brackets and quotes say, whatever is between. */
function valueEnd(json: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < json.length; ) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = stringEnd(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || isBlank(byte))) return at;
    at++;
  }
  return json.length;
}
