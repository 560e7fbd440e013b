/** Runs `node --test`: it shows every test as it ends, and a failure tells what failed. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';

/** `sh` runs a program and shows its output, as suites get it. */
export async function runNodeTests(sh, options, files) {
  const folder = await mkdtemp(join(tmpdir(), 'lifeline-tests-'));
  const failures = join(folder, 'failures');
  const reporters = [['spec', 'stdout'], [inRoot('scripts/lib/failing.mjs'), failures]];
  const reporting = reporters.flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]);
  try {
    await sh('node', ['--test', ...reporting, ...options, ...files]);
  } catch (error) {
    const told = await readFile(failures, 'utf8').catch(() => '');
    throw told === '' ? error : new Problem(`${error.message}\n${told.trimEnd()}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
