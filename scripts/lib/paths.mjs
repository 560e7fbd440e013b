/** Where things are. Everything that is made goes into `.cache/`, `target/`, `pkg/`, `dist/` and `www/dist/`. */

import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const cache = resolve(root, '.cache');
export const tools = resolve(cache, 'tools');
export const toolsBin = resolve(tools, 'bin');

/** Where cargo puts what it builds; CARGO_TARGET_DIR is cargo's own setting for it. */
export const cargoTarget = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');

/** An absolute path inside the repository. */
export function inRoot(...parts) {
  return resolve(root, ...parts);
}

/** A path as a reader wants to see it: from the root of the repository. */
export function shown(path) {
  const short = relative(root, path);
  return short === '' || short.startsWith('..') ? path : short;
}
