/** Rust to the optimised module and its glue, in pkg/. */

import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { cargo } from './cargo.mjs';
import { OUT_NAME } from './layout.mjs';
import { inRoot, toolsBin } from './paths.mjs';
import { run } from './process.mjs';
import { make } from './stamp.mjs';
import { step } from './step.mjs';

const WASM = 'wasm32-unknown-unknown';

/** What Rust's wasm32-unknown-unknown emits; the optimiser is told, since its note in the module is stripped. */
const WASM_FEATURES = [
  'bulk-memory',
  'bulk-memory-opt',
  'call-indirect-overlong',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
];
/**
 * What LLVM is told, each measured to make the compressed module smaller: to inline a little more than
 * for the smallest module, and to leave out what makes code faster and every place different.
 */
const LLVM = ['-inline-threshold=13', '-disable-lsr', '-enable-pre=false', '-sink-common-insts=false'];
const COMPILE = LLVM.map((option) => `-Cllvm-args=${option}`);
/**
 * The lowest 1024 bytes of the memory are the stack's last ones, which nothing points to by a number.
 * Functions called once stay functions: repeated patterns compress better than what inlining saves.
 */
const OPTIMISE = ['-Oz', '--converge', '--low-memory-unused', '--one-caller-inline-max-function-size=50', '--strip-debug', '--strip-producers', '--strip-target-features'];

/** Compiles, binds and optimises; each part only if what it is made from has changed. */
export async function buildModule(place, { force = false } = {}) {
  await compile(place);
  await bind(place, force);
}

/** cargo knows itself what has changed. */
async function compile({ features, target, suffix }) {
  const flags = JSON.stringify([...COMPILE, ...(await withoutLocalPaths())]);
  const args = ['build', '--release', '--lib', '--target', WASM, '--target-dir', target];
  args.push('--config', `target.${WASM}.rustflags=${flags}`);
  if (features.length > 0) args.push('--features', features.join(','));
  await step(`compile the crate to WebAssembly${suffix}`, (note) => cargo(args, { note }));
}

/** A panic's message names its source file. What is published must not name this machine's folders. */
async function withoutLocalPaths() {
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry/src');
  const registries = await readdir(sources).catch(() => []);
  return registries.sort().map((name) => `--remap-path-prefix=${join(sources, name)}/=`);
}

async function bind({ compiled, bound, module, glue, pkg, stamp, suffix }, force) {
  const tool = join(toolsBin, 'bindgen');
  const optimiser = inRoot('node_modules/binaryen/package.json'); // its version is what matters
  const values = { OPTIMISE, WASM_FEATURES };
  const spec = { name: stamp('module'), inputs: [compiled, tool, optimiser], outputs: [module, glue], values, force };
  await make(`write the glue and optimise the module${suffix}`, spec, async () => {
    await rm(bound, { recursive: true, force: true });
    await run(tool, [compiled, bound, OUT_NAME]);
    await optimise(join(bound, basename(module)));
    await rm(pkg, { recursive: true, force: true });
    await mkdir(pkg, { recursive: true });
    await cp(bound, pkg, { recursive: true });
  });
}

async function optimise(file) {
  const flags = [...OPTIMISE, ...WASM_FEATURES.map((feature) => `--enable-${feature}`)];
  await run(inRoot('node_modules/.bin/wasm-opt'), [file, '-o', `${file}.small`, ...flags]);
  await rename(`${file}.small`, file);
}
