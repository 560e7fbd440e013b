/** Careful access to values of the application and of servers. Nothing here throws. */

/** A property; `undefined` if it cannot be read. */
export function get(object, key) {
  try {
    return object[key];
  } catch {
    return undefined;
  }
}

export const item = (list, at) => list[at];

/** Parses JSON; `undefined` if it is broken. */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The same for UTF-8. HTML: broken UTF-8 becomes U+FFFD, and a byte order mark inside a stream is data.
 *
 * A decoder for each: Safari's fail after two gigabytes, and making one takes a fraction of a microsecond.
 */
export const parseBytes = (bytes) => parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));

const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** 0: no JSON object; 1: a result, if it is one; 2: a part of one, or the first. */
export const shape = (value) => (isRecord(value) ? 1 + ('hasNext' in value || 'pending' in value) : 0);

/** What stands at these fields under `data`, with dots between. */
const at = (result, path) => path.split('.').reduce(get, get(result, 'data'));

/** A result's key, as text. */
export function keyAt(result, path) {
  const key = at(result, path);
  return typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
}

/** The application's functions for keys, by number. */
export const keyFunctions = new Map();

/** What the application's function says; throws what it throws. */
export function keyBy(result, number) {
  const key = keyFunctions.get(number)(result);
  if (key == null) return undefined;
  if (typeof key === 'string' || typeof key === 'number') return String(key);
  throw new TypeError('continuity.key must return a string or undefined');
}

/** A whole number of 0 or more; -1 for anything else. */
export function numberAt(result, path) {
  const number = at(result, path);
  return Number.isSafeInteger(number) ? number : -1;
}

export const hasWebSocket = () => typeof globalThis.WebSocket === 'function';

export const hasEventSource = () => typeof globalThis.EventSource === 'function';

/** The first of the globals that a client needs and that is not there. */
export const missing = () => ['fetch', 'AbortController'].find((name) => !globalThis[name]);
