/**
 * What a page loads, part by part, against the aim; and the entry for servers, which no page loads.
 *
 *     npm run size               prints the parts; over the limit for accidents it warns, and names what has grown
 *     npm run size -- --write    puts the parts into docs/size.json and the whole into README.md
 *
 * It fails where no size could be right: the module stands twice in the entry, or serde_json is in the module.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildPackage } from './build.mjs';
import { layout } from './lib/layout.mjs';
import { main } from './lib/main.mjs';
import { marked } from './lib/marked.mjs';
import { inRoot } from './lib/paths.mjs';
import { run } from './lib/process.mjs';
import { assertEmbeddedOnce, assertWithout, verdict } from './lib/sizes.mjs';
import { table } from './lib/table.mjs';

const README = inRoot('README.md');
const RECORD = inRoot('docs/size.json');
/** The page parses JSON by itself; this crate would bring 28 KB that do it again. */
const UNWANTED = 'serde_json';

async function size() {
  const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
  await buildPackage();
  const place = layout();
  const { parts } = await import('./lib/bundle.mjs'); // not before the npm packages are there
  const { module, glue, script } = await parts(place);
  const entry = await readFile(place.entry, 'utf8');
  assertEmbeddedOnce(entry, module);
  assertWithout(UNWANTED, await crates(place));
  const rows = [
    measure('module, optimised (pkg/)', await readFile(place.module)),
    measure('module, embedded, as text', module),
    measure('glue', glue),
    measure('TypeScript part', script),
  ];
  const whole = measure('dist/index.js', entry);
  const server = measure('dist/server.js', await readFile(join(place.dist, 'server.js')));
  console.log(`\n${table([['', 'raw', 'gzip', 'brotli'], ...rows.map(written), written(whole)])}\n`);
  console.log(`${table([written(server)])}\n`);
  console.log(verdict([...rows, whole], JSON.parse(await readFile(RECORD, 'utf8'))));
  if (values.write) await record([...rows, whole]);
}

/** The names of all crates that the module is built from. */
async function crates({ features }) {
  const target = ['--target', 'wasm32-unknown-unknown', '--edges', 'normal', '--prefix', 'none', '--format', '{p}'];
  const tree = await run('cargo', ['tree', ...target, '--features', features.join(',')]);
  return new Set(tree.split('\n').map((line) => line.split(' ')[0]));
}

async function record(rows) {
  const sizes = Object.fromEntries(rows.map(({ name, brotli }) => [name, brotli]));
  await writeFile(RECORD, `${JSON.stringify(sizes, null, 2)}\n`);
  const whole = rows.at(-1).brotli.toLocaleString('en').replace(',', ' ');
  await writeFile(README, marked(await readFile(README, 'utf8'), 'size', `About ${whole} bytes (brotli) are what a page loads: \`npm run size\` shows its parts.`));
}

function measure(name, content) {
  const bytes = Buffer.from(content);
  return { name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

function written({ name, raw, gzip, brotli }) {
  return [name, raw, gzip, brotli];
}

await main(import.meta.url, size);
