/** Finds programs. */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { toolsBin } from './paths.mjs';
import { Problem } from './problem.mjs';

/** The first of `names` among our own tools or on PATH; an environment variable that names a file wins. */
export function locate(names, variable) {
  const chosen = variable === undefined ? undefined : process.env[variable];
  if (chosen) {
    if (executable(chosen)) return chosen;
    throw new Problem(`${variable} is set to ${chosen}, which is not a program that can be run.`);
  }
  const folders = [toolsBin, ...(process.env.PATH ?? '').split(delimiter)];
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(executable);
    if (found) return found;
  }
  return undefined;
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
