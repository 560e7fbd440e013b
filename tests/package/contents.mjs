/** What is in the tarball, file by file, and what must not be in any of them. */

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { inRoot, root } from '../../scripts/lib/paths.mjs';
import { world } from './support/world.mjs';

const DOCUMENTS = ['CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'PROTOCOL.md', 'README.md', 'package.json'];
const MODULE = ['graphql_lifeline.d.ts', 'graphql_lifeline.js', 'graphql_lifeline_bg.wasm', 'graphql_lifeline_bg.wasm.d.ts'];

/** wasm-bindgen names the folder after the crate and a hash. */
const SNIPPET = /^pkg\/snippets\/graphql-lifeline-[0-9a-f]{16}\/src\/web\/[a-z-]+\.js$/;

/** The folders that it was built in. */
const HERE = [root.replace(/\/$/, ''), homedir()].map((path) => new RegExp(`(?<![\\w.-])${escaped(path)}(?![\\w-])`));

/** Folders of anyone's machine, and maps that lead to sources; the documents may speak of such things. */
const ANYWHERE = [/\/home\//, /\/Users\//, /\.cargo/, /\.rustup/, /node_modules/, /crates\.io/, /sourceMappingURL/];

export function contents() {
  test('exactly these files', async () => {
    const bundles = ['index', 'server'].flatMap((name) => [`dist/${name}.js`, `dist/${name}.cjs`]);
    const dist = [...bundles, ...(await declarations('')), ...(await declarations('server/'))];
    const expected = [...DOCUMENTS, ...dist, ...MODULE.map((name) => `pkg/${name}`)].sort();
    const files = await filesOf(world.installed);
    assert.deepEqual(files.filter((file) => !SNIPPET.test(file)), expected);
  });

  test("the glue's snippets: all that it leads to, and no others", async () => {
    const snippets = (await filesOf(world.installed)).filter((file) => SNIPPET.test(file));
    assert.deepEqual(snippets, await ledToBy('pkg/graphql_lifeline.js'));
    assert.ok(snippets.length > 0);
  });

  test('no folder of this machine is named in them', async () => {
    const found = [];
    for (const file of await filesOf(world.installed)) {
      const text = await readFile(join(world.installed, file), 'latin1');
      const patterns = /\.(md|json)$/.test(file) ? HERE : [...HERE, ...ANYWHERE];
      found.push(...patterns.flatMap((pattern) => pattern.exec(text) ?? []).map((name) => `${file} names ${name}`));
    }
    assert.deepEqual(found, []);
  });

  test('every entry of `exports`, and no other way in', async () => {
    const { exports, main, module, types } = JSON.parse(await readFile(join(world.installed, 'package.json'), 'utf8'));
    const files = await filesOf(world.installed);
    const targets = [main, module, types, ...leaves(exports)].map((path) => path.replace('./', ''));
    assert.deepEqual(targets.filter((path) => !files.includes(path)), []);
    assert.deepEqual(Object.keys(exports), ['.', './server', './pkg', './pkg/graphql_lifeline_bg.wasm', './package.json']);
  });

  test('nothing to install beside it, nothing that runs on installing', async () => {
    const manifest = JSON.parse(await readFile(join(world.installed, 'package.json'), 'utf8'));
    for (const name of ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies']) assert.equal(manifest[name], undefined);
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) assert.equal(manifest.scripts[name], undefined);
    assert.equal(manifest.sideEffects, false);
  });
}

/** Each source in a folder of js/ has its types, for `import` and for `require`. */
async function declarations(folder) {
  const sources = (await readdir(inRoot('js', folder))).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  return sources.flatMap((name) => ['.d.ts', '.d.cts'].map((extension) => `dist/${folder}${name.replace(/\.ts$/, extension)}`));
}

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** What a file imports, what that imports, and so on. */
async function ledToBy(file) {
  const found = new Set([file]);
  for (const path of found) {
    const text = await readFile(join(world.installed, path), 'utf8');
    for (const [, target] of text.matchAll(/from ["'](\.[^"']+)["']/g)) found.add(join(dirname(path), target));
  }
  found.delete(file);
  return [...found].sort();
}

function leaves(exports) {
  return typeof exports === 'string' ? [exports] : Object.values(exports).flatMap(leaves);
}
