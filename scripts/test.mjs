/**
 * `npm test`: sets up what is missing and runs every suite, also after one has failed.
 *
 * `npm test -- NAME…` runs the named suites, `npm test -- --list` names them all.
 */

import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { buildPage } from './lib/page.mjs';
import { main } from './lib/main.mjs';
import { Problem } from './lib/problem.mjs';
import { run } from './lib/process.mjs';
import { buildServer } from './lib/server.mjs';
import { say, seconds, step } from './lib/step.mjs';
import { suites } from './lib/suites.mjs';
import { table } from './lib/table.mjs';
import { ensureBrowsers, ensureNodePackages, ensureTestRunner, ensureWasmTarget } from './setup.mjs';

/** No suite takes this long, on two cores that others use as well; one that does hangs. */
const SUITE_MS = 25 * 60_000;

/** Of each failure, so many lines are said again at the end. */
const LINES_OF_A_FAILURE = 40;

/** What suites ask for. Tools are installed before the first suite, side by side; the rest is made when it is due. */
const TOOLS = {
  npm: ensureNodePackages,
  rust: ensureWasmTarget,
  runner: () => ensureWasmTarget().then(ensureTestRunner),
  browsers: ensureBrowsers,
};
const PRODUCTS = {
  package: () => buildPackage(),
  variant: () => buildPackage({ variant: 'deliberate-panic' }),
  page: () => have('package').then(buildPage),
  server: async () => {
    await step('compile the demo server', buildServer);
    process.env.LIFELINE_SERVER_IS_BUILT = '1'; // for the suites' own processes
  },
};
const NEEDS = { ...TOOLS, ...PRODUCTS };
const had = new Map();

await main(import.meta.url, async () => {
  const started = performance.now();
  const { values, positionals } = parseArgs({ options: { list: { type: 'boolean' } }, allowPositionals: true });
  if (values.list) return list();
  const chosen = choose(positionals);
  await installTools(chosen);
  const results = [];
  for (const suite of chosen) results.push(await runSuite(suite));
  report(results, performance.now() - started);
  process.exitCode = results.every(({ failure }) => failure === undefined) ? 0 : 1;
});

function list() {
  const width = Math.max(...suites.map(({ name }) => name.length));
  for (const { name, about } of suites) console.log(`${name.padEnd(width)}  ${about}`);
}

function choose(names) {
  const known = suites.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Problem(`There is no suite ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  }
  return suites.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** All tools that the chosen suites need. One that cannot be had fails the suites that need it, later. */
async function installTools(chosen) {
  const tools = Object.keys(TOOLS).filter((tool) => chosen.some(({ needs }) => needs.includes(tool)));
  await Promise.allSettled(tools.map(have));
}

/** Each need is met once; whoever asks again gets the same answer. */
function have(need) {
  if (!had.has(need)) had.set(need, NEEDS[need]());
  return had.get(need);
}

async function runSuite({ name, about, needs, run: suite }) {
  const started = performance.now();
  const deadline = started + SUITE_MS;
  const sh = (command, args, env) => run(command, args, { env, show: true, timeoutMs: deadline - performance.now() });
  say('');
  try {
    for (const need of needs) await have(need);
    await step(`suite ${name}: ${about}`, () => suite(sh), { live: false });
    return { name, ms: performance.now() - started };
  } catch (error) {
    const failure = error instanceof Problem ? error.message : error.stack;
    console.error(failure);
    return { name, ms: performance.now() - started, failure };
  }
}

function report(results, ms) {
  const rows = results.map((result) => [result.name, result.failure === undefined ? 'ok' : 'FAILED', seconds(result.ms)]);
  say(`\n${table([['suite', 'result', 'time'], ...rows])}\n`);
  const failed = results.filter(({ failure }) => failure !== undefined);
  for (const { name, failure } of failed) say(`${name}: ${failure.split('\n').slice(0, LINES_OF_A_FAILURE).join('\n')}`);
  const verdict = failed.length === 0 ? 'All suites passed' : `${failed.length} of ${results.length} suites failed`;
  say(`${verdict} (${seconds(ms)}).`);
}
