/** A project that tests its pages with Vitest and jsdom. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../scripts/lib/process.mjs';
import { tool } from './support/package.mjs';
import { place, world } from './support/world.mjs';

const VITEST_MS = 90_000;

export function inVitest() {
  test('the tests of a project pass', async () => {
    const folder = await place('vitest');
    const report = join(folder, 'report.json');
    const args = ['run', '--root', folder, '--environment', 'jsdom', '--reporter', 'default', '--reporter', 'json', '--outputFile', report];
    await run(tool('vitest'), args, { cwd: folder, env: { LIFELINE_ENDPOINT: world.endpoint }, timeoutMs: VITEST_MS });
    const { numPassedTests, numTotalTests, numRuntimeErrorTestSuites = 0 } = JSON.parse(await readFile(report, 'utf8'));
    assert.deepEqual({ numPassedTests, numTotalTests, numRuntimeErrorTestSuites }, { numPassedTests: 4, numTotalTests: 4, numRuntimeErrorTestSuites: 0 });
  });
}
