/** Careful access to values of the application and of servers. Nothing here throws. */

/** A property; `undefined` if it cannot be read. */
export function get(object, key) {
  try {
    return object[key];
  } catch {
    return undefined;
  }
}

/** Parses JSON; `undefined` if it is broken. */
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** HTML: broken UTF-8 becomes U+FFFD, and a byte order mark inside a stream is data. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The same for UTF-8. */
export const parseBytes = (bytes) => parse(decoder.decode(bytes));

/** Is it a JSON object? */
export const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

export const hasEventSource = () => typeof globalThis.EventSource === 'function';

/** The first of the globals that a client needs and that is not there. */
export const missing = () => ['fetch', 'AbortController'].find((name) => !globalThis[name]);
