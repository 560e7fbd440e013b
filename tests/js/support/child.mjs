/** Node in a process of its own. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inRoot } from '../../../scripts/lib/paths.mjs';

const LIMIT_MS = 120_000;

/** Runs a script of support/ until it ends by itself; what it printed, as JSON. Throws if it fails or takes too long. */
export async function runChild(script, args, { flags = [], limitMs = LIMIT_MS } = {}) {
  const options = { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 1 << 24 };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, inRoot('tests/js/support', script), ...args.map(String)], options);
    return JSON.parse(stdout);
  } catch ({ message, stderr = '', killed }) {
    // Node shows the bundle's one long line before what matters
    throw new Error(`${script} ${args.join(' ')} ${killed ? `took over ${limitMs} ms` : 'failed'}: ${(stderr || message).slice(-1_500)}`);
  }
}
