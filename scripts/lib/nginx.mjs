/** nginx: the one that is installed, or Debian's, unpacked into .cache and not installed, so that no service starts. */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { aptUnpack } from './apt.mjs';
import { locate } from './locate.mjs';
import { cache } from './paths.mjs';
import { Problem } from './problem.mjs';
import { run } from './process.mjs';
import { step } from './step.mjs';

const folder = join(cache, 'nginx');
/** Not on everybody's PATH. */
const SBIN = '/usr/sbin/nginx';
const unpacked = join(folder, SBIN);

/** The path of an nginx that runs. */
export async function ensureNginx() {
  const path = locate(['nginx'], 'NGINX') ?? [SBIN, unpacked].find((place) => existsSync(place)) ?? (await unpack());
  await run(path, ['-v']); // its libraries may be missing
  return path;
}

function unpack() {
  return step('unpack nginx', async (note) => {
    await rm(folder, { recursive: true, force: true });
    if (await aptUnpack(['nginx'], folder, note).catch(() => false)) return unpacked;
    throw new Problem('There is no nginx here, nor can apt-get download it: install it, or set NGINX to its path.');
  });
}
