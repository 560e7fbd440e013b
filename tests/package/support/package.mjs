/** The package as npm sees it: packed once, and installed into a project of its own. */

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { run } from '../../../scripts/lib/process.mjs';

const NPM_MS = 240_000; // `npm pack` builds what is out of date

/** Makes the tarball as `npm publish` would: its path. */
async function pack(folder) {
  await mkdir(folder, { recursive: true });
  await run('npm', ['pack', inRoot(), '--pack-destination', folder], { timeoutMs: NPM_MS });
  const [tarball, ...others] = await readdir(folder);
  if (!tarball?.endsWith('.tgz') || others.length > 0) throw new Error(`npm pack made ${[tarball, ...others].join(', ')}`);
  return join(folder, tarball);
}

/**
 * A project below `workspace` that has installed the tarball and nothing else: no network, no scripts.
 * The tools that build it are the repository's.
 */
export async function installPackage(workspace) {
  const tarball = await pack(join(workspace, 'tarball'));
  const folder = join(workspace, 'project');
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'a-project', private: true, type: 'module' }));
  const quiet = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...quiet, tarball], { cwd: folder, timeoutMs: NPM_MS });
  return { folder, installed: join(folder, 'node_modules/graphql-lifeline') };
}

/** Where a program of the repository's own npm packages lies. */
export function tool(name) {
  return inRoot('node_modules/.bin', name);
}
