/**
 * What a page loads, part by part, and what is left of the budget; and the entry for servers, which no page loads. `npm run size` ends with exit
 * code 1 when the package has grown beyond what it may have.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildPackage } from './build.mjs';
import { layout } from './lib/layout.mjs';
import { main } from './lib/main.mjs';
import { Problem } from './lib/problem.mjs';
import { table } from './lib/table.mjs';

/** dist/index.js, compressed with brotli at its default quality, 11. */
const BUDGET = 40_960;

/** What it may have until it keeps the budget: just above what it has. A feature may raise it, nothing else. */
const CEILING = 52_850;

export async function size() {
  await buildPackage();
  const place = layout();
  const { parts } = await import('./lib/bundle.mjs');
  const { module, glue, script } = await parts(place);
  const rows = [
    measure('module, optimised (pkg/)', await readFile(place.module)),
    measure('module, embedded, as text', module),
    measure('glue', glue),
    measure('TypeScript part', script),
  ];
  const whole = measure('dist/index.js', await readFile(place.entry));
  const server = measure('dist/server.js', await readFile(join(place.dist, 'server.js')));
  console.log(`\n${table([['', 'raw', 'gzip', 'brotli'], ...rows.map(written), written(whole)])}\n`);
  console.log(`${table([written(server)])}\n`);
  judge(whole.brotli);
}

function judge(bytes) {
  const left = BUDGET - bytes;
  const part = `${Math.abs(left)} bytes (${((100 * Math.abs(left)) / BUDGET).toFixed(1)} %)`;
  if (bytes > CEILING) throw new Problem(`dist/index.js has ${bytes} bytes (brotli), more than the ${CEILING} it may have.`);
  if (left >= 0) console.log(`${part} are left of the budget of ${BUDGET} bytes (brotli).`);
  else console.log(`NOT KEPT: dist/index.js has ${bytes} bytes (brotli), ${part} over the budget of ${BUDGET}; ${CEILING} end the build.`);
}

function measure(name, content) {
  const bytes = Buffer.from(content);
  return { name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length };
}

function written({ name, raw, gzip, brotli }) {
  return [name, raw, gzip, brotli];
}

await main(import.meta.url, size);
