/**
 * `npm run simulate`: the client in a made-up world, a million times over.
 *
 *     npm run simulate                 a million seeds, with progress
 *     npm run simulate -- 4711         what happened in one of them, told line by line
 *     npm run simulate -- 0..50000     these
 *     npm run simulate -- fleet        100,000 clients that lose their server; draws docs/fleet.svg
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { drawFleet } from './lib/fleet-plot.mjs';
import { main } from './lib/main.mjs';
import { inRoot, shown } from './lib/paths.mjs';
import { Problem } from './lib/problem.mjs';
import { run } from './lib/process.mjs';
import { step } from './lib/step.mjs';
import { table } from './lib/table.mjs';

const MILLION = '0..1000000';
const PLOT = inRoot('docs/fleet.svg');
const USAGE = 'It takes a seed (4711), seeds (0..50000), or the word fleet.';

await main(import.meta.url, async () => {
  const [what = MILLION, ...more] = parseArgs({ allowPositionals: true }).positionals;
  if (more.length > 0) throw new Problem(`simulate does not know what ${more.join(' ')} means. ${USAGE}`);
  if (what === 'fleet') return fleet();
  if (!/^\d+(\.\.\d+)?$/.test(what)) throw new Problem(`simulate does not know what ${what} means. ${USAGE}`);
  await run('cargo', simulation('simulation', '--ignored'), { show: true, env: { SEEDS: what, ...tells(what) } });
});

/** A single seed tells its story. */
function tells(what) {
  return what.includes('..') ? {} : { STORY: '1' };
}

function simulation(test, ...args) {
  return ['test', '--quiet', '--profile', 'simulation', '--test', test, '--', '--nocapture', ...args];
}

async function fleet() {
  const output = await step('lose the server of 100,000 clients', () => run('cargo', simulation('fleet', '--ignored')));
  const races = output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const head = ['', 'attempts', 'most in 1 s, away', 'most in 1 s, back', '99 % live after', 'gave up'];
  console.log(`\n${table([head, ...races.map(row)])}\n`);
  await mkdir(inRoot('docs'), { recursive: true });
  await writeFile(PLOT, drawFleet(races));
  console.log(`Drawn into ${shown(PLOT)}.`);
}

function row({ rules, total, attempts, awayS, watchedS, wholeAfterMs, givenUp }) {
  const most = (part) => Math.max(...part).toLocaleString('en');
  const whole = wholeAfterMs === null ? `over ${watchedS - awayS} s` : `${(wholeAfterMs / 1000).toFixed(0)} s`;
  return [rules, total.toLocaleString('en'), most(attempts.slice(0, awayS)), most(attempts.slice(awayS)), whole, givenUp.toLocaleString('en')];
}
