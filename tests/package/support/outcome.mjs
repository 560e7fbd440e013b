/** What `fixtures/app` says when all is well. */

import assert from 'node:assert/strict';

const BOTH = Object.fromEntries(['eventsource', 'fetch'].map((name) => [name, { transports: [name], ticks: [1, 2, 3] }]));
const WORKED = { ...BOTH, violations: [] };

/** Both transports brought everything, in the page and in its worker, and nothing went wrong unseen. */
export function assertWorked({ outcome, errors, violations }) {
  assert.deepEqual(outcome, { page: WORKED, worker: WORKED });
  assert.deepEqual(violations, []);
  assert.deepEqual(errors, []);
}
