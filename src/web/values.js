/** Careful access to values of the application and of servers, and plain objects for it. Nothing here throws. */

/** An object's own names; none for what is no object. */
export const keys = (object) => (typeof object === 'object' && object !== null ? Object.keys(object) : []);

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

/** The option for a function that is neither given nor global. */
export function missing(options) {
  if (!(options.fetchFn ?? globalThis.fetch)) return 'fetchFn';
  if (!(options.abortControllerImpl ?? globalThis.AbortController)) return 'abortControllerImpl';
  return undefined;
}

export const rung = (transport, usable, reason) => ({ transport, usable, reason });

export const operation = (id, operationName, kind, state, transport, attempt, retries, retryAt, ladder) => ({
  id, operationName, kind, state, transport, attempt, retries, retryAt, ladder,
});

export const snapshot = (state, transport, operations, ladder, results, attempts, failures, gaps, ignored) => ({
  state, transport, operations, ladder, counters: { results, attempts, failures, gaps, ignored },
});
