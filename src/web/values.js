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
const decoder = () => new TextDecoder('utf-8', { ignoreBOM: true });

const STREAM = { stream: true };

export const parseBytes = (bytes) => parse(decoder().decode(bytes));

/** The length of a value as JSON; 0 if it cannot be written so. */
export function size(value) {
  try {
    return JSON.stringify(value).length;
  } catch {
    return 0;
  }
}

/** The results of a list with marks between them, which are left out; `undefined` if it is anything else. */
export function parseList(bytes, count, mark) {
  const list = parseBytes(bytes);
  if (list?.length !== 2 * count - 1) return undefined;
  for (let at = 0; at < count; at++) {
    if ((at && list[2 * at - 1] !== mark) || shape((list[at] = list[2 * at])) !== 1) return undefined;
  }
  list.length = count;
  return list;
}

/** Of texts, the results; `undefined` if one of them is no whole one. To join them first would cost more than it saves. */
export function parseTexts(texts) {
  const results = texts.map(parse);
  return results.every((result) => shape(result) === 1) ? results : undefined;
}

export const lengthAt = (texts, at) => texts[at].length;

export function leaveOut(list, at) {
  list[at] = undefined;
}

/** Text in UTF-8 that arrives in pieces, cut anywhere. */
export function append(pieces = { decoder: decoder(), texts: [] }, piece) {
  pieces.texts.push(pieces.decoder.decode(piece, STREAM));
  return pieces;
}

/** Parses it. */
export const join = ({ decoder, texts }) => parse(texts.join('') + decoder.decode());

const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** 0: no JSON object; 1: a result, if it is one; 2: a part of one, or the first. */
export const shape = (value) => (isRecord(value) ? 1 + ('hasNext' in value || 'pending' in value) : 0);

const isKey = (key) => typeof key === 'string' || typeof key === 'number';

/** A function for the keys at this path under `data`, with dots between. */
export function keyReader(path) {
  const names = path.split('.');
  return (result) => {
    let value = result?.data;
    for (const name of names) value = value?.[name];
    return isKey(value) ? value : undefined;
  };
}

/** A result's key, as text. */
export function keyAt(result, path) {
  try {
    const key = keyReader(path)(result);
    return key === undefined ? key : String(key);
  } catch {
    return undefined; // a getter of the application's own
  }
}

/** Functions for keys, by number. */
export const keyFunctions = new Map();

/** Stands for a result that has no key; src/payload.rs has the same. */
const NO_KEY = '\0';

/**
 * The keys of a list, with line feeds between, as src/payload.rs has it; `undefined` if the function throws or answers
 * with something else, which is told of one result at a time.
 */
export function keysBy(list, number) {
  const keyOf = keyFunctions.get(number);
  const keys = [];
  try {
    for (const result of list) {
      const key = keyOf(result);
      if (key === NO_KEY || (key != null && !isKey(key))) return undefined;
      keys.push(key ?? NO_KEY);
    }
    return keys.join('\n');
  } catch {
    return undefined;
  }
}

/** What the application's function says; throws what it throws. */
export function keyBy(result, number) {
  const key = keyFunctions.get(number)(result);
  if (key == null) return undefined;
  if (isKey(key)) return String(key);
  throw new TypeError('continuity.key must return a string or undefined');
}

/** A whole number of 0 or more, at these fields with dots between, or 1 for `true`; -1 for anything else. */
export function numberAt(object, path) {
  const number = path.split('.').reduce(get, object);
  return number === true ? 1 : Number.isSafeInteger(number) ? number : -1;
}

export const hasWebSocket = () => typeof globalThis.WebSocket === 'function';

export const hasEventSource = () => typeof globalThis.EventSource === 'function';

/** The first of the globals that a client needs and that is not there. */
export const missing = () => ['fetch', 'AbortController'].find((name) => !globalThis[name]);
