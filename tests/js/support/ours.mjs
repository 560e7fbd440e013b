/** Clients of the package under test. */

import { createClient } from '../../../dist/index.js';

/** Waits that take no time worth mentioning. */
export const QUICK = { initialMs: 1, maxMs: 2 };
/** With these neither breaker nor budget comes into play. */
export const UNHINDERED = { breaker: { window: 64, minCalls: 64 }, retryBudget: { capacity: 1e6, perSecond: 1e6 } };
export const SUBSCRIPTION = { query: 'subscription { n }' };
export const result = (n) => ({ data: { n } });

/** A client that reconnects quickly, and is disposed of when the test is over. */
export function connect(t, url, options = {}) {
  const client = createClient({ url, ...(options.retry === undefined && { backoff: QUICK }), ...options });
  t.after(() => client.dispose());
  return client;
}

/** For assert.throws and assert.rejects: an error of the package with this code, and a message that matches. */
export function failure(code, message = /./) {
  return (error) => {
    if (error.code !== code || !message.test(error.message)) throw new Error(`expected ${code} ${message}, got ${error.code}: ${error.message}`, { cause: error });
    return true;
  };
}
