/** A process that keeps every core busy, for tests that must not depend on a quick machine. Run by itself, it is that process. */

import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, isMainThread } from 'node:worker_threads';
import { start, stop } from './process.mjs';

const SELF = fileURLToPath(import.meta.url);
const LOOK_EVERY_MS = 1_000;

/** Starts it; what comes back ends it. It ends with this process at the latest. */
export function startLoad() {
  const child = start('node', [SELF], { stdio: 'ignore' });
  return () => stop(child);
}

if (!isMainThread) {
  let n = 1;
  while (n > 0) n = (n * 48_271) % 0x7fff_ffff; // never ends: the modulus is a prime
} else if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (let core = 0; core < availableParallelism(); core++) new Worker(SELF);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(); // whoever asked for it was killed
  }, LOOK_EVERY_MS);
}
