/** `test`, bounded in time: nothing here may wait for ever. */

import { test as nodeTest } from 'node:test';

const LIMIT_MS = 20_000;

export function test(name, body, timeout = LIMIT_MS) {
  return nodeTest(name, { timeout }, body);
}
