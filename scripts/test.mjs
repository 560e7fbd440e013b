/**
 * `npm test`: sets up what is missing and runs every suite, also after one has failed.
 *
 *     npm test -- NAME…           the named suites
 *     npm test -- --list          names them all
 *     npm run test:long           all of them, and what takes long: see `long` and `repeats` in lib/suites.mjs
 *     npm run test:long -- --repeat 10 NAME…    the named suites, ten times each, and how often each failed
 *     npm run test:long -- --repeat 10 --load NAME…    the same beside a process that keeps every core busy
 *     npm test -- NAME --only TEST    of one suite of Rust tests, those whose name has TEST in it
 */

import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { toldFailures } from './lib/failures.mjs';
import { startLoad } from './lib/load.mjs';
import { buildPage } from './lib/page.mjs';
import { main } from './lib/main.mjs';
import { Problem } from './lib/problem.mjs';
import { run } from './lib/process.mjs';
import { buildServer } from './lib/server.mjs';
import { skippedRows } from './lib/skipped.mjs';
import { say, seconds, step } from './lib/step.mjs';
import { suites } from './lib/suites.mjs';
import { table } from './lib/table.mjs';
import { ensureBrowsers, ensureNodePackages, ensureTestRunner, ensureWasmTarget } from './setup.mjs';

/** No suite takes this long, on two cores that others use as well; one that does hangs. */
const SUITE_MS = 20 * 60_000;
/** A million seeds alone take that long. */
const LONG_SUITE_MS = 90 * 60_000;

/** The niceness of what runs beside something else. */
const LEFT_OVER = 10;

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
  const { list, names, long, repeat, load, only } = wishes();
  if (list) return listed();
  if (long) process.env.LIFELINE_LONG = '1'; // for tests that say that they are long
  const chosen = choose(names, long);
  await installTools(chosen);
  const times = (suite) => repeat ?? (long ? suite.repeats : undefined) ?? 1;
  const stopLoad = load ? startLoad() : () => {};
  const results = await runLanes(chosen, (suite, how) => runSuite(suite, times(suite), { only, ...how }));
  stopLoad();
  report(results, performance.now() - started);
  process.exitCode = results.every(({ failures }) => failures.length === 0) ? 0 : 1;
});

function wishes() {
  const flag = { type: 'boolean', default: false };
  const options = { list: flag, long: flag, load: flag, repeat: { type: 'string' }, only: { type: 'string' } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const repeat = values.repeat === undefined ? undefined : Number(values.repeat);
  if (repeat !== undefined && !(Number.isInteger(repeat) && repeat >= 1 && repeat <= 1000)) {
    throw new Problem(`--repeat is ${values.repeat}; it takes a whole number from 1 to 1000.`);
  }
  if (values.only !== undefined && !(positionals.length === 1 && suites.some(({ name, takesOnly }) => takesOnly && name === positionals[0]))) {
    const able = suites.filter(({ takesOnly }) => takesOnly).map(({ name }) => name);
    throw new Problem(`--only needs one suite of Rust tests that it is about: ${able.join(', ')}.`);
  }
  return { ...values, repeat, names: positionals };
}

function listed() {
  const width = Math.max(...suites.map(({ name }) => name.length));
  for (const { name, about, long } of suites) console.log(`${name.padEnd(width)}  ${about}${long ? ' (test:long only)' : ''}`);
}

/** Who names a suite gets it, also one that is of the long run only. */
function choose(names, long) {
  const known = suites.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Problem(`There is no suite ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  }
  return suites.filter((suite) => (names.length === 0 ? long || !suite.long : names.includes(suite.name)));
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

/**
 * What compiles, and takes both cores whole, runs beside what mostly waits, and takes only what that leaves over. What
 * both need is made before: two cargos in one folder wait for each other. Who has chosen one kind alone sees it live.
 */
async function runLanes(chosen, runOne) {
  const lanes = [chosen.filter(({ beside }) => !beside), chosen.filter(({ beside }) => beside)];
  if (lanes.some((lane) => lane.length === 0)) return inTurn(chosen, (suite) => runOne(suite, { show: true }));
  for (const product of Object.keys(PRODUCTS)) {
    if (chosen.some(({ needs }) => needs.includes(product))) await have(product).catch(() => {}); // told by the suites that need it
  }
  const [first, second] = lanes;
  const results = await Promise.all([
    inTurn(first, (suite) => runOne(suite, { show: 'after' })),
    inTurn(second, (suite) => runOne(suite, { show: 'after', niceness: LEFT_OVER })),
  ]);
  return results.flat();
}

async function inTurn(some, runOne) {
  const results = [];
  for (const suite of some) results.push(await runOne(suite));
  return results;
}

/** So many times; what failed is kept of each, and what was skipped and why. */
async function runSuite({ name, about, needs, long, run: suite }, times, { only, ...how }) {
  const started = performance.now();
  const failures = [];
  const skipped = new Map();
  for (let time = 1; time <= times; time++) {
    const title = `suite ${name}: ${about}${times > 1 ? ` (${time} of ${times})` : ''}`;
    const limits = { ...how, limitMs: long ? LONG_SUITE_MS : SUITE_MS };
    const failure = await runOnce(title, needs, limits, (sh) => suite(sh, { only, skip: (part, reason) => skipped.set(part, reason) }));
    if (failure !== undefined) failures.push(failure);
  }
  return { name, times, ms: performance.now() - started, failures, skipped };
}

async function runOnce(title, needs, { limitMs, ...how }, suite) {
  const deadline = performance.now() + limitMs;
  const sh = (command, args, options) => run(command, args, { ...how, timeoutMs: deadline - performance.now(), ...options });
  say('');
  try {
    for (const need of needs) await have(need);
    await step(title, () => suite(sh), { live: false });
    return undefined;
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem(error.stack);
    console.error(problem.message);
    return problem;
  }
}

/** Which suites took longest, and, last, what failed. */
function report(results, ms) {
  const verdict = ({ times, failures, skipped }) => {
    if (failures.length > 0) return times > 1 ? `FAILED, ${failures.length} of ${times} times` : 'FAILED';
    return `ok${skipped.size > 0 ? ' in part' : ''}${times > 1 ? `, ${times} times` : ''}`;
  };
  const rows = results
    .toSorted((one, other) => other.ms - one.ms)
    .flatMap((result) => [[result.name, verdict(result), seconds(result.ms)], ...skippedRows(result.skipped)]);
  say(`\n${table([['suite', 'result', 'time'], ...rows])}\n`);
  const failed = results.filter(({ failures }) => failures.length > 0);
  for (const { name, failures } of failed) for (const failure of failures) say(`${toldFailures(name, failure)}\n`);
  say(`${failed.length === 0 ? 'All suites passed' : 'Not all suites passed'}, in ${seconds(ms)}.`);
  say(`suites: ${results.length - failed.length} passed, ${failed.length} failed`);
}
