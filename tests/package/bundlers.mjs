/** One page, built by each bundler, loaded in each browser under the policy that the package promises to work with. */

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { run } from '../../scripts/lib/process.mjs';
import { assertWorked } from './support/outcome.mjs';
import { tool } from './support/package.mjs';
import { policy, serveFolder } from './support/site.mjs';
import { visit } from './support/visit.mjs';
import { BROWSERS, place, world } from './support/world.mjs';

const VITE_MS = 60_000;

const BUILDERS = {
  'Vite': vite,
  'webpack': webpack,
  'esbuild': esbuild,
  'no bundler': plain,
};

export function bundlers() {
  for (const [name, build] of Object.entries(BUILDERS)) {
    describe(name, { concurrency: true }, () => {
      let built;
      before(async () => {
        built = await build(await place('app', `app-${name.replace(' ', '-')}`));
      });

      for (const browser of BROWSERS) {
        test(`page and worker in ${browser}`, async () => {
          const site = await serveFolder(built.folder, policy(world.endpoint));
          try {
            assertWorked(await visit(browser, `${site.url}${built.path}?endpoint=${world.endpoint}`));
            assert.deepEqual(site.asked.filter((path) => path.includes('.wasm')), []);
          } finally {
            await site.stop();
          }
        });
      }
    });
  }
}

/** Each returns what to serve, and the page's path in it. All with their defaults, as far as there are any. */

async function vite(root) {
  await run(tool('vite'), ['build', root], { cwd: root, timeoutMs: VITE_MS });
  return distribution(join(root, 'dist'));
}

async function webpack(context) {
  const { default: webpack } = await import('webpack');
  const path = join(context, 'dist');
  const compiler = webpack({ context, mode: 'production', entry: './main.js', output: { path, filename: 'main.js' } });
  const stats = await new Promise((resolve, reject) => compiler.run((error, done) => (error ? reject(error) : resolve(done))));
  await new Promise((resolve) => compiler.close(resolve));
  const { errors, warnings } = stats.toJson({ errors: true, warnings: true });
  assert.deepEqual([...errors, ...warnings].map(({ message }) => message), []);
  await copyPage(context, path);
  return distribution(path);
}

async function esbuild(folder) {
  const { build } = await import('esbuild');
  const outdir = join(folder, 'dist');
  const entryPoints = ['main.js', 'worker.js'].map((name) => join(folder, name)); // esbuild does not follow `new Worker`
  const { errors, warnings } = await build({ entryPoints, outdir, bundle: true, minify: true, format: 'esm', logLevel: 'silent' });
  assert.deepEqual([...errors, ...warnings], []);
  await copyPage(folder, outdir);
  return distribution(outdir);
}

/** The package's file is served as it is, under the address that stands in place of its name. */
async function plain(folder) {
  for (const name of ['main.js', 'worker.js']) {
    const text = await readFile(join(folder, name), 'utf8');
    const address = '/node_modules/graphql-lifeline/dist/index.js';
    await writeFile(join(folder, name), text.replace("'graphql-lifeline'", `'${address}'`));
  }
  return { folder: world.folder, path: folder.slice(world.folder.length) + '/' };
}

/** What a bundler wrote: a page that holds the module, and no second copy of it. */
async function distribution(folder) {
  const files = await readdir(folder, { recursive: true });
  assert.deepEqual(files.filter((file) => file.endsWith('.wasm')), []);
  return { folder, path: '/' };
}

async function copyPage(from, to) {
  await writeFile(join(to, 'index.html'), await readFile(join(from, 'index.html')));
}
