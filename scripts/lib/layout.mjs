/** Where one build of the package lies: the published one, or a variant for the tests. */

import { join } from 'node:path';
import { cache, cargoTarget, inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';

/** Variants and the cargo features that make them. They leave pkg/ and dist/ alone. */
const VARIANTS = { 'deliberate-panic': ['page', 'deliberate-panic'] };

export const OUT_NAME = 'graphql_lifeline';

export function layout(variant) {
  if (variant === undefined) {
    const work = join(cache, 'build');
    return place({ features: ['page'], target: cargoTarget, pkg: inRoot('pkg'), dist: inRoot('dist'), work });
  }
  const features = VARIANTS[variant];
  if (features === undefined) {
    throw new Problem(`There is no variant '${variant}'; there is ${Object.keys(VARIANTS).join(', ')}.`);
  }
  const work = join(cache, 'variants', variant);
  // Its own target folder: cargo gives both modules the same name and would rebuild one for the other.
  const parts = { target: join(work, 'target'), pkg: join(work, 'pkg'), dist: join(work, 'dist') };
  return place({ variant, features, work, ...parts });
}

function place(parts) {
  const wasm = join(parts.target, 'wasm32-unknown-unknown', 'release', `${OUT_NAME}.wasm`);
  return {
    ...parts,
    compiled: wasm,
    bound: join(parts.work, 'bindgen'),
    declared: join(parts.pkg, `${OUT_NAME}.d.ts`),
    glue: join(parts.pkg, `${OUT_NAME}.js`),
    module: join(parts.pkg, `${OUT_NAME}_bg.wasm`),
    entry: join(parts.dist, 'index.js'),
    suffix: parts.variant === undefined ? '' : ` (${parts.variant})`,
    stamp: (name) => join(parts.variant ?? 'build', name),
  };
}
