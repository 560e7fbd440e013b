/** The versions that must match, read where they are pinned. */

import { readFile } from 'node:fs/promises';
import { inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';

const NODE = 20;

export function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= NODE) return;
  throw new Problem(`Node ${NODE} or newer is needed; this is Node ${process.versions.node}.`);
}

/** wasm-bindgen's library and its build tool must be of the very same version. */
export async function checkBindgenPins() {
  const crate = await pinned('Cargo.toml', 'wasm-bindgen');
  for (const tool of ['wasm-bindgen-cli', 'wasm-bindgen-cli-support']) {
    const version = await pinned('tools/bindgen/Cargo.toml', tool);
    if (version === crate) continue;
    throw new Problem(
      `Cargo.toml pins wasm-bindgen ${crate}, but tools/bindgen/Cargo.toml pins ${tool} ${version}. ` +
        'Make them the same: one refuses what the other wrote.',
    );
  }
}

/** The oldest Rust that the crate says it compiles with. */
export async function oldestRust() {
  const manifest = await readFile(inRoot('Cargo.toml'), 'utf8');
  return /^rust-version = "([\d.]+)"/m.exec(manifest)?.[1] ?? '0';
}

/** Negative, zero or positive, as version `a` is older than `b`, the same, or newer. */
export function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function pinned(manifest, name) {
  const text = await readFile(inRoot(manifest), 'utf8');
  const match = new RegExp(`^${name} = (?:\\{ version = )?"=([^"]+)"`, 'm').exec(text);
  if (match) return match[1];
  throw new Problem(`${manifest} does not pin ${name} to one version ("=0.2.x").`);
}
