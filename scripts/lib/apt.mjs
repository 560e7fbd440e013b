/** Debian's package manager, where we may use it without asking anybody. */

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { locate } from './locate.mjs';
import { run } from './process.mjs';

/** Installs packages; answers whether that was possible at all. */
export async function aptInstall(packages, note) {
  const prefix = await rights();
  if (locate(['apt-get']) === undefined || prefix === undefined) return false;
  // a fresh image knows no packages, an old one installs what was new when it was made
  await apt(prefix, ['update'], note).catch((error) => note(String(error.message).slice(0, 60)));
  await apt(prefix, ['install', '--yes', '--no-install-recommends', ...packages], note);
  return true;
}

/** Unpacks packages into a folder, which takes no rights and starts nothing; answers whether that was possible at all. */
export async function aptUnpack(packages, folder, note) {
  if (locate(['apt-get']) === undefined || locate(['dpkg-deb']) === undefined) return false;
  await mkdir(folder, { recursive: true });
  const download = () => run('apt-get', ['download', ...packages], { cwd: folder, onLine: (line) => note(line.slice(0, 60)) });
  await download().catch(async (error) => {
    const prefix = await rights();
    if (prefix === undefined) throw error;
    await apt(prefix, ['update'], note);
    await download();
  });
  const archives = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) await run('dpkg-deb', ['--extract', join(folder, archive), folder]);
  return true;
}

function apt(prefix, args, note) {
  const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  return run(command, rest, { onLine: (line) => note(line.slice(0, 60)) });
}

/** What to write before a command to run it as root: nothing for root, sudo where it asks nothing. */
async function rights() {
  if (process.getuid?.() === 0) return [];
  if (locate(['sudo']) === undefined) return undefined;
  return run('sudo', ['-n', 'true']).then(() => ['sudo', '-n'], () => undefined);
}
