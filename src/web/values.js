/** Careful access to values of the application and of servers. Nothing here throws. */

/** Options and their fields, one after the other, parents first (values.rs). */
export class Fields {
  constructor(options) {
    this.rest = [];
    for (const name of Object.keys(options)) {
      const value = get(options, name);
      this.rest.push([name, false, value]);
      // two levels are all there is
      if (typeof value === 'object' && value) for (const key of Object.keys(value)) this.rest.push([`${name}.${key}`, true, get(value, key)]);
    }
    this.at = -1;
  }
  next() {
    return ++this.at < this.rest.length;
  }
  path() {
    return this.rest[this.at][0];
  }
  nested() {
    return this.rest[this.at][1];
  }
  number() {
    return this.rest[this.at][2];
  }
  text() {
    return this.rest[this.at][2];
  }
  kind() {
    const value = this.number();
    const kind = ['undefined', value === false && 'boolean', 'boolean', 'number', 'string', 'function'].indexOf(typeof value);
    return kind >= 0 ? kind : Array.isArray(value) ? 6 : isRecord(value) ? 7 : 8;
  }
}

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
