/**
 * `npm run bench`: this package and its peers on the same bytes, in Chromium over the raw DevTools protocol and in
 * Node. Ends with exit code 1 if a client has not seen every result. Writes bench/results.json and prints the tables.
 *
 *     npm run bench -- --quick     a little of everything: proves that the benchmark works; writes nothing
 *     npm run bench -- --rounds 9  instead of 5
 *     npm run bench -- --only chromium.streams.small    a part: a place, a section, a workload; writes nothing
 *     npm run bench -- --write     puts the tables into README.md and draws docs/bench-*.svg
 *     npm run bench -- --write --measured    the same from bench/results.json, without measuring
 */

import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { main } from './lib/main.mjs';
import { marked } from './lib/marked.mjs';
import { inRoot, shown } from './lib/paths.mjs';
import { Problem } from './lib/problem.mjs';
import { ensureBrowsers } from './setup.mjs';

const README = inRoot('README.md');
const RESULTS = inRoot('bench/results.json');
const PLOTS = { throughput: inRoot('docs/bench-throughput.svg'), size: inRoot('docs/bench-size.svg') };
const QUICK_ROUNDS = 2;

await main(import.meta.url, async () => {
  const { quick, rounds, only, write, measured } = options();
  const results = measured ? await kept() : await measure({ quick, rounds, only });
  const { told, written } = await import('../bench/report.mjs');
  console.log(`\n${told(results)}\n`);
  if (quick) console.log('All checksums agree. These are small parts of the workloads: the figures mean nothing.');
  if (!quick && !only && !measured) await put(RESULTS, `${json(results)}\n`);
  if (!write) return;
  const { drawSize, drawThroughput } = await import('../bench/plots.mjs');
  await put(README, marked(await readFile(README, 'utf8'), 'speed', written(results)));
  await put(PLOTS.throughput, drawThroughput(results));
  await put(PLOTS.size, drawSize(results));
});

function options() {
  const flag = { type: 'boolean', default: false };
  const { values } = parseArgs({ options: { quick: flag, rounds: { type: 'string' }, only: { type: 'string' }, write: flag, measured: flag } });
  const rounds = Number(values.rounds ?? (values.quick ? QUICK_ROUNDS : 5));
  if (!(Number.isInteger(rounds) && rounds > 0 && rounds <= 100)) throw new Problem(`--rounds is ${values.rounds}; it takes a whole number from 1 to 100.`);
  if (values.write && (values.quick || values.only)) throw new Problem('--write needs the whole benchmark: without --quick and --only.');
  return { ...values, rounds };
}

async function kept() {
  const text = await readFile(RESULTS, 'utf8').catch(() => undefined);
  if (text === undefined) throw new Problem(`There is no ${shown(RESULTS)} yet: run \`npm run bench\` without --measured.`);
  return JSON.parse(text);
}

async function measure(wanted) {
  await Promise.all([ensureBrowsers(), buildPackage()]);
  const { measureAll } = await import('../bench/all.mjs'); // not before the npm packages are there
  return measureAll(wanted);
}

/** A line for each client's samples. */
function json(results) {
  return JSON.stringify(results, null, 1).replace(/\[[^[\]{}]*\]/g, (list) => list.replace(/\s+/g, ' '));
}

async function put(path, text) {
  await writeFile(path, text);
  console.log(`Written: ${shown(path)}.`);
}
