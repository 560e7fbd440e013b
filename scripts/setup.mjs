/**
 * Everything that building and testing need and a fresh clone does not have. Each function installs
 * what is missing and otherwise takes milliseconds, without the network.
 *
 * `npm run setup` does all of it.
 */

import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { aptInstall } from './lib/apt.mjs';
import { find, isUsable, PARTS } from './lib/browsers.mjs';
import { cargo } from './lib/cargo.mjs';
import { locate } from './lib/locate.mjs';
import { nodePackagesAreInstalled } from './lib/node-packages.mjs';
import { cache, inRoot, tools, toolsBin } from './lib/paths.mjs';
import { main } from './lib/main.mjs';
import { Problem } from './lib/problem.mjs';
import { run } from './lib/process.mjs';
import { make } from './lib/stamp.mjs';
import { say, seconds, step } from './lib/step.mjs';
import { together } from './lib/together.mjs';
import { checkBindgenPins, checkNode, compare, oldestRust } from './lib/versions.mjs';

const WASM = 'wasm32-unknown-unknown';
const GECKODRIVER = '0.37.1';

export const bindgen = join(toolsBin, 'bindgen');

/** The npm packages of package-lock.json. */
export const ensureNodePackages = atMostOnce(async () => {
  checkNode();
  if (await nodePackagesAreInstalled()) return;
  await step('install the npm packages', () => run('npm', ['ci', '--no-audit', '--no-fund']));
});

/** Rust, recent enough, and its standard library for WebAssembly. */
export const ensureWasmTarget = atMostOnce(async () => {
  if (locate(['cargo']) === undefined) {
    throw new Problem('Rust is missing: install it with rustup (https://rustup.rs).');
  }
  const [version, sysroot] = await Promise.all([run('rustc', ['-V']), run('rustc', ['--print', 'sysroot'])]);
  const [found, oldest] = [version.split(' ')[1], await oldestRust()];
  if (compare(found.split('-')[0], oldest) < 0) {
    throw new Problem(`Rust ${oldest} or newer is needed; this is ${found}. \`rustup update\` brings it.`);
  }
  if (existsSync(join(sysroot, 'lib/rustlib', WASM))) return;
  if (locate(['rustup']) === undefined) {
    throw new Problem(`Rust's ${WASM} target is missing, and there is no rustup to add it: install the target as you installed Rust.`);
  }
  await step(`add Rust's ${WASM} target`, () => run('rustup', ['target', 'add', WASM]));
});

/** tools/bindgen: writes the JavaScript glue for the wasm module. */
export const ensureBindgen = atMostOnce(async () => {
  await ensureTool('compile wasm-bindgen', 'bindgen', []);
});

/** What `cargo test` runs wasm tests with; the same crate, with as much again to compile. */
export const ensureTestRunner = atMostOnce(async () => {
  await ensureTool('compile the browser test runner', 'wasm-bindgen-test-runner', ['--features', 'test-runner']);
});

/** Chromium and Firefox with their drivers. */
export const ensureBrowsers = atMostOnce(async () => {
  await together(ensureBrowserPackages(), ensureWasmTarget().then(ensureGeckodriver));
});

/** Several parts of one run need the same thing; it is looked for, and installed, by the first. */
function atMostOnce(work) {
  let result;
  return () => (result ??= work());
}

async function ensureTool(title, name, features) {
  await checkBindgenPins();
  const folder = inRoot('tools/bindgen');
  const inputs = ['Cargo.toml', 'Cargo.lock', 'src'].map((path) => join(folder, path));
  const output = join(toolsBin, name);
  await make(title, { name, inputs, outputs: [output], quiet: true }, async (note) => {
    const target = join(cache, 'tools-target');
    const args = ['build', '--locked', '--target-dir', target, '--bin', name, ...features];
    await cargo(args, { cwd: folder, note });
    await mkdir(toolsBin, { recursive: true });
    await copyFile(join(target, 'debug', name), `${output}.new`);
    await rename(`${output}.new`, output); // in one go: the old one may be running
  });
}

async function ensureBrowserPackages() {
  const missing = async () => {
    const parts = ['chromium', 'chromedriver', 'firefox'];
    const usable = await Promise.all(parts.map(isUsable));
    return parts.filter((_, at) => !usable[at]);
  };
  const parts = await missing();
  if (parts.length === 0) return;
  const packages = parts.map((part) => PARTS[part].package);
  await step(`install ${parts.join(', ')}`, async (note) => {
    const installed = await aptInstall(packages, note);
    if (installed && (await missing()).length === 0) return;
    const variables = parts.map((part) => PARTS[part].variable).join(', ');
    throw new Problem(
      `Missing, or too old: ${parts.join(', ')}. Install them (on Debian: apt-get install ${packages.join(' ')}), ` +
        `or set ${variables} to their paths.`,
    );
  });
}

/** Firefox's driver. Its npm package downloads from a code host at run time, so it is compiled. */
async function ensureGeckodriver() {
  if (find('geckodriver') !== undefined) return;
  const args = ['install', 'geckodriver', '--version', GECKODRIVER, '--locked', '--debug', '--root', tools];
  const env = { CARGO_TARGET_DIR: join(cache, 'tools-target', 'geckodriver'), CARGO_PROFILE_DEV_DEBUG: 'false' };
  await mkdir(cache, { recursive: true });
  await step('compile geckodriver', (note) => cargo(args, { cwd: cache, env, note }));
}

async function setup() {
  const started = performance.now();
  const tools = ensureWasmTarget().then(ensureBindgen).then(ensureTestRunner);
  await together(ensureNodePackages(), tools, ensureBrowsers());
  say(`Everything is installed (${seconds(performance.now() - started)}).`);
}

await main(import.meta.url, setup);
