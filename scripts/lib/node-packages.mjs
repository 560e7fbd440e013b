/** Are the npm packages installed that package-lock.json names? */

import { readFile } from 'node:fs/promises';
import { inRoot } from './paths.mjs';

/**
 * Compares package-lock.json with the list that npm keeps of what it installed. No stamp of our own:
 * whoever ran `npm install` by hand has done the work.
 */
export async function nodePackagesAreInstalled() {
  const [wanted, installed] = await Promise.all([
    lock('package-lock.json'),
    lock('node_modules/.package-lock.json'),
  ]);
  if (installed === undefined) return false;
  return Object.entries(wanted ?? {}).every(([path, entry]) => {
    if (path === '') return true; // the project itself
    const found = installed[path];
    if (found === undefined) return Boolean(entry.optional || entry.devOptional || entry.peer);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

async function lock(path) {
  const text = await readFile(inRoot(path), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text).packages;
}
