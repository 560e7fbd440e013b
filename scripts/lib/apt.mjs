/** Debian's package manager, where we may use it without asking anybody. */

import { locate } from './locate.mjs';
import { run } from './process.mjs';

/** Installs packages; answers whether that was possible at all. */
export async function aptInstall(packages, note) {
  const prefix = await rights();
  if (locate(['apt-get']) === undefined || prefix === undefined) return false;
  const apt = (...args) => {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    return run(command, rest, { onLine: (line) => note(line.slice(0, 60)) });
  };
  // a fresh image knows no packages, an old one installs what was new when it was made
  await apt('update').catch((error) => note(String(error.message).slice(0, 60)));
  await apt('install', '--yes', '--no-install-recommends', ...packages);
  return true;
}

/** What to write before a command to run it as root: nothing for root, sudo where it asks nothing. */
async function rights() {
  if (process.getuid?.() === 0) return [];
  if (locate(['sudo']) === undefined) return undefined;
  return run('sudo', ['-n', 'true']).then(() => ['sudo', '-n'], () => undefined);
}
