/** What is said of the package's size, and what no package may have whatever its size. All sizes are bytes after brotli. */

import { Problem } from './problem.mjs';

/** What a page should load at most. It is a figure to report: no work stops or waits for it. */
export const AIM = 80 * 1024;
/** More than this is likely an accident. */
export const WARNING = 96 * 1024;

/** `parts` are `{ name, brotli }`, the whole last; `recorded` has the sizes that were written down last, by name. */
export function verdict(parts, recorded) {
  const { name, brotli } = parts.at(-1);
  const said = `${name} has ${brotli} bytes (brotli); the aim is about ${AIM}.`;
  if (brotli <= WARNING) return said;
  const grown = parts.filter((part) => part.brotli > (recorded[part.name] ?? 0));
  const rows = grown.map((part) => `${part.name}: ${recorded[part.name] ?? 'new'} -> ${part.brotli}`);
  const since = rows.length === 0 ? 'No part has grown since docs/size.json was written.' : `Grown since docs/size.json was written:\n  ${rows.join('\n  ')}`;
  return `WARNING: ${said} More than ${WARNING} is likely an accident. ${since}`;
}

/** `module`: the embedded module as the text that stands in the entry. */
export function assertEmbeddedOnce(entry, module) {
  const times = entry.split(module).length - 1;
  if (times !== 1) throw new Problem(`The module stands ${times} times in dist/index.js, instead of once.`);
}

/** `crates`: the names of all that the module is built from. */
export function assertWithout(unwanted, crates) {
  if (crates.size === 0) throw new Problem('cargo tree names no crate at all.');
  if (!crates.has(unwanted)) return;
  throw new Problem(`${unwanted} is in the module. \`cargo tree --target wasm32-unknown-unknown --features page --invert ${unwanted}\` shows what brought it.`);
}
