/** A Python of our own in .cache, with the packages that tests/servers/python/requirements.txt pins. */

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { locate } from './locate.mjs';
import { cache, inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';
import { run } from './process.mjs';
import { make } from './stamp.mjs';

const folder = join(cache, 'python');
const requirements = inRoot('tests/servers/python/requirements.txt');
/** A registry that does not answer is not waited for longer. */
const INSTALL_MS = 5 * 60_000;

let made;

/** The path of its interpreter. Several ask for it; the first one installs, and all get the same answer. */
export function ensurePython() {
  return (made ??= install());
}

async function install() {
  const python = locate(['python3'], 'PYTHON');
  if (python === undefined) throw new Problem('There is no Python here: install it, or set PYTHON to its path.');
  const own = join(folder, 'bin', 'python');
  const version = await run(python, ['--version']);
  const spec = { name: 'python', inputs: [requirements], outputs: [own], values: { version }, quiet: true };
  await make('install what runs on uvicorn', spec, async (note) => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(cache, { recursive: true });
    await run(python, ['-m', 'venv', folder]);
    const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--requirement', requirements];
    await run(own, args, { timeoutMs: INSTALL_MS, onLine: (line) => note(line.slice(0, 60)) });
  });
  return own;
}
