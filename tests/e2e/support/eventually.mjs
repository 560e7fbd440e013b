/** Waiting for what is going to happen, without sleeping blindly. */

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

const LIMIT_MS = 15_000;
/** Each look costs a browser some milliseconds of work, and there are two cores for all. */
const LOOK_EVERY_MS = 100;

/** Reads again and again until the answer has what `expected` has; otherwise fails with the difference. */
export async function eventually(read, expected, limitMs = LIMIT_MS) {
  const end = performance.now() + limitMs;
  for (;;) {
    const actual = await read();
    if (matches(actual, expected)) return actual;
    if (performance.now() > end) {
      assert.deepEqual(reduced(actual, expected), expected, `not within ${limitMs} ms; it is ${JSON.stringify(actual)}`);
      assert.fail(`not within ${limitMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** `expected`: a value; an object, of which each property is looked at; an expression for texts; or a function. */
function matches(actual, expected) {
  if (typeof expected === 'function') return Boolean(expected(actual));
  if (expected instanceof RegExp) return typeof actual === 'string' && expected.test(actual);
  if (!isPlain(expected)) return isDeepStrictEqual(actual, expected);
  return isPlain(actual) && Object.entries(expected).every(([name, value]) => matches(actual[name], value));
}

/** The part of `actual` that `expected` speaks of, for a difference that can be read. */
function reduced(actual, expected) {
  if (!isPlain(expected) || !isPlain(actual)) return matches(actual, expected) ? expected : actual;
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, reduced(actual[name], value)]));
}

function isPlain(value) {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
