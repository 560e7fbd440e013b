/** What was made from what: a step whose inputs are unchanged and whose outputs exist is not done again. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cache, shown } from './paths.mjs';
import { say, step } from './step.mjs';

/**
 * Does `work` as a step, unless the stamp `name` says that it was done with the same inputs.
 * `inputs` are files and folders, compared by content; `values` is anything else that matters.
 */
export async function make(title, { name, inputs, outputs, values, force, quiet }, work) {
  const file = join(cache, 'stamps', name);
  const now = await hashOf(inputs, values);
  if (!force && outputs.every((output) => existsSync(output)) && (await read(file)) === now) {
    if (!quiet) say(`  up to date: ${title}`);
    return;
  }
  await rm(file, { force: true });
  await step(title, work);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, now);
}

/** Every file under a folder, sorted, without what is generated; a file is itself. */
export async function filesUnder(path) {
  if (!existsSync(path)) return [];
  if ((await stat(path)).isFile()) return [path];
  const found = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (['node_modules', 'dist', 'target'].includes(entry.name)) continue;
    found.push(...(await filesUnder(join(path, entry.name))));
  }
  return found.sort();
}

async function hashOf(inputs, values = {}) {
  const hash = createHash('sha256').update(JSON.stringify(values));
  for (const input of inputs) {
    for (const file of await filesUnder(input)) {
      const content = await readFile(file);
      hash.update(`\0${shown(file)}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
}

function read(file) {
  return readFile(file, 'utf8').catch(() => undefined);
}
