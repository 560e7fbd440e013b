/**
 * Builds the npm package: pkg/ (the wasm and its glue as wasm-bindgen writes them) and dist/ (the
 * entry with the module embedded, the entry for servers, and their types).
 *
 * `npm run build`, `-- --force` to do everything again, `-- --variant deliberate-panic` for a module
 * that traps on demand, in .cache/variants/.
 */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { layout } from './lib/layout.mjs';
import { inRoot } from './lib/paths.mjs';
import { main } from './lib/main.mjs';
import { make } from './lib/stamp.mjs';
import { together } from './lib/together.mjs';
import { buildModule } from './lib/wasm.mjs';
import { ensureBindgen, ensureNodePackages, ensureWasmTarget } from './setup.mjs';

/** Builds what is out of date; a variant has no types. */
export async function buildPackage({ variant, force = false } = {}) {
  const place = layout(variant);
  await together(ensureNodePackages(), ensureWasmTarget().then(ensureBindgen));
  await buildModule(place, { force });
  await bundleEntry(place, force);
  if (variant !== undefined) return;
  await buildServerEntry(place, { force });
  await writeTypes(place, force);
}

async function bundleEntry(place, force) {
  const ours = ['bundle', 'embed', 'glue', 'shorten', 'split'].map((name) => inRoot('scripts/lib', `${name}.mjs`));
  const tools = ['esbuild', 'terser'].map((name) => inRoot('node_modules', name, 'package.json'));
  const inputs = [inRoot('js'), place.glue, join(place.pkg, 'snippets'), place.module, ...tools, ...ours];
  const outputs = [place.entry, join(place.dist, 'index.cjs')];
  const spec = { name: place.stamp('bundle'), inputs, outputs, force };
  await make(`bundle the entry with the module in it${place.suffix}`, spec, async () => {
    const { bundle } = await import('./lib/bundle.mjs'); // not before the npm packages are there
    await bundle(place);
  });
}

/** dist/server.*, which has no module in it, and needs none to be built. */
export async function buildServerEntry(place = layout(), { force = false } = {}) {
  await ensureNodePackages();
  const files = [['esm', 'server.js'], ['cjs', 'server.cjs']].map(([format, name]) => [format, join(place.dist, name)]);
  const inputs = [inRoot('js/server'), inRoot('node_modules/esbuild/package.json'), inRoot('scripts/lib/server-entry.mjs')];
  const spec = { name: place.stamp('server-entry'), inputs, outputs: files.map(([, file]) => file), force };
  await make('bundle the entry for servers', spec, async () => {
    const { bundleServer } = await import('./lib/server-entry.mjs'); // not before the npm packages are there
    await bundleServer(files);
  });
}

async function writeTypes(place, force) {
  const inputs = [inRoot('js'), place.declared, inRoot('node_modules/typescript/package.json'), inRoot('scripts/lib/types.mjs')];
  const outputs = [join(place.dist, 'index.d.ts'), join(place.dist, 'index.d.cts')];
  await make('write the types', { name: place.stamp('types'), inputs, outputs, force }, async () => {
    const { declarations } = await import('./lib/types.mjs');
    await declarations(place);
  });
}

async function build() {
  const { values } = parseArgs({ options: { variant: { type: 'string' }, force: { type: 'boolean' } } });
  await buildPackage(values);
}

await main(import.meta.url, build);
