/** The test suites: what each is called, what it needs, what it runs. They run in this order. */

import { delimiter } from 'node:path';
import { need, startShared, writeWebdriverJson } from './browsers.mjs';
import { quoted, rustFailures } from './failures.mjs';
import { knockable } from './knock.mjs';
import { ensureNginx } from './nginx.mjs';
import { runNodeTests } from './node-tests.mjs';
import { inRoot, toolsBin } from './paths.mjs';
import { Problem } from './problem.mjs';
import { ensurePython } from './python.mjs';
import { startServer } from './server.mjs';
import { filesUnder } from './stamp.mjs';

const WASM = ['--target', 'wasm32-unknown-unknown', '--features', 'typed'];
const STRICT = ['--', '-D', 'warnings'];

/** Most tests wait most of the time: while those of one file do, those of others go on. Two cores bear so many files. */
const FILES_AT_ONCE = 3;

/** The browser tests are compiled with the server's address in them; the same port again saves compiling again. */
const USUAL_PORT = 47_615;

/**
 * `needs` are keys of NEEDS in scripts/test.mjs. `run` gets a function that runs a program and shows its output,
 * `skip(name, reason)` for a part that cannot be had here, and `only`, where it `takesOnly`: of Rust tests, those whose
 * name has this in it. `long`: only `npm run test:long` runs it, unless it is named.
 * `repeats`: so often that runs it. `beside`: it compiles, and may run beside those that do not.
 */
export const suites = [
  {
    name: 'format',
    about: 'Rust is formatted as rustfmt does',
    needs: ['rust'],
    run: (sh) => sh('cargo', ['fmt', '--all', '--check']),
  },
  {
    name: 'clippy',
    about: 'no warning of clippy, natively and for the browser',
    beside: true,
    needs: ['rust'],
    async run(sh) {
      await sh('cargo', ['clippy', '--workspace', '--all-targets', ...STRICT]);
      await sh('cargo', ['clippy', ...WASM, '--all-targets', ...STRICT]);
    },
  },
  {
    name: 'native',
    about: 'Rust tests: the core in virtual time, the server',
    takesOnly: true,
    beside: true,
    needs: ['rust'],
    run: (sh, { only }) => rustTests(sh, ['test', '--workspace', '--no-fail-fast', ...filter(only)], (name) => `cargo test --workspace -- --exact ${quoted(name)}`),
  },
  {
    name: 'simulation',
    about: 'the promise in a made-up world, 10,000 seeds',
    beside: true,
    needs: ['rust'],
    run: (sh) => sh('node', ['scripts/simulate.mjs', '0..10000']),
  },
  {
    name: 'seeds',
    about: 'the same, a million seeds',
    beside: true,
    needs: ['rust'],
    long: true,
    run: (sh) => sh('node', ['scripts/simulate.mjs']),
  },
  {
    name: 'build',
    about: 'the package builds',
    needs: ['package'],
    async run() {},
  },
  {
    name: 'size',
    about: 'what a page loads; the module is in it once, without serde_json',
    needs: ['package'],
    run: (sh) => sh('node', ['scripts/size.mjs']),
  },
  {
    name: 'types',
    about: 'TypeScript compiles',
    needs: ['package'],
    async run(sh) {
      for (const project of ['js', 'tests', 'www']) await sh(bin('tsc'), ['--noEmit', '-p', project]);
    },
  },
  {
    name: 'lint',
    about: 'no warning of oxlint',
    needs: ['npm'],
    run: (sh) => sh(bin('oxlint'), ['js', 'www', 'tests', 'scripts', 'bench', '--deny-warnings']),
  },
  {
    name: 'scripts',
    about: 'the scripts that build and test',
    needs: ['npm'],
    run: (sh) => nodeTests(sh, 'scripts/test'),
  },
  {
    name: 'browser-chromium',
    about: 'the crate inside Chromium',
    takesOnly: true,
    beside: true,
    needs: ['rust', 'runner', 'browsers', 'server'],
    repeats: 10,
    run: (sh, { only }) => wasmTests(sh, 'browser-chromium', { CHROMEDRIVER: need('chromedriver'), GECKODRIVER: undefined }, only),
  },
  {
    name: 'browser-firefox',
    about: 'the crate inside Firefox',
    takesOnly: true,
    beside: true,
    needs: ['rust', 'runner', 'browsers', 'server'],
    repeats: 10,
    run: (sh, { only }) => wasmTests(sh, 'browser-firefox', { GECKODRIVER: need('geckodriver'), CHROMEDRIVER: undefined }, only),
  },
  {
    name: 'js',
    about: 'the package in Node',
    needs: ['package', 'variant', 'server'],
    run: (sh) => nodeTests(sh, 'tests/js'),
  },
  {
    name: 'package',
    about: 'the package as it is published: installed, typed, bundled',
    needs: ['package', 'server', 'browsers'],
    run: (sh) => nodeTests(sh, 'tests/package'),
  },
  {
    name: 'page',
    about: 'the parts of the demo page',
    needs: ['npm'],
    run: (sh) => nodeTests(sh, 'www/test'),
  },
  {
    name: 'e2e',
    about: 'package, page and server together in both browsers',
    needs: ['package', 'variant', 'page', 'server', 'browsers'],
    repeats: 10,
    run: (sh) => pageTests(sh, 'tests/e2e'),
  },
  {
    name: 'resilience',
    about: 'every fault on every transport it concerns, in both browsers',
    needs: ['package', 'server', 'browsers'],
    repeats: 10,
    run: (sh) => pageTests(sh, 'tests/resilience'),
  },
  {
    name: 'life',
    about: 'a page offline, hidden, frozen, asleep; tokens and connections that expire; in both browsers',
    needs: ['package', 'server', 'browsers'],
    repeats: 10,
    run: (sh) => pageTests(sh, 'tests/life'),
  },
  {
    name: 'large',
    about: 'large results whole, over every transport, in both browsers; in test:long, 64 MB too',
    needs: ['package', 'server', 'browsers'],
    repeats: 10,
    run: (sh) => pageTests(sh, 'tests/large'),
  },
  {
    name: 'servers',
    about: 'servers that are no npm packages: graphql-yoga behind nginx, strawberry and ariadne on uvicorn',
    needs: ['package'],
    long: true,
    run: serverTests,
  },
  {
    name: 'race',
    about: 'ten minutes beside EventSource and graphql-sse on a faulty server',
    needs: ['package', 'page', 'server', 'browsers'],
    long: true,
    run: (sh) => sh('node', ['scripts/race.mjs']),
  },
  {
    name: 'bench',
    about: 'the benchmark works: every client sees every result',
    needs: ['package', 'browsers'],
    long: true,
    run: (sh) => sh('node', ['scripts/bench.mjs', '--quick']),
  },
];

async function rustTests(sh, args, alone, env) {
  try {
    await sh('cargo', args, { env });
  } catch (error) {
    throw new Problem(error.message, { output: error.output, failures: rustFailures(error.output ?? [], alone) });
  }
}

const filter = (only) => (only === undefined ? [] : ['--', only]);

async function wasmTests(sh, suite, drivers, only) {
  const webdriver = await writeWebdriverJson();
  const server = await startServer({ port: USUAL_PORT }).catch(() => startServer());
  const door = await knockable();
  const env = {
    ...drivers,
    LIFELINE_TEST_SERVER: server.url,
    PATH: [toolsBin, process.env.PATH].join(delimiter),
    WASM_BINDGEN_TEST_TIMEOUT: '120',
    WASM_BINDGEN_TEST_ADDRESS: door.address,
    WASM_BINDGEN_TEST_WEBDRIVER_JSON: webdriver,
  };
  try {
    const args = ['test', ...WASM, '--test', 'browser', ...filter(only)];
    await rustTests(sh, args, (name) => `npm test -- ${suite} --only ${quoted(name)}`, env);
  } finally {
    door.stop();
    await server.stop();
  }
}

/** By the names of their files in tests/servers: what each of them cannot do without. */
const FOREIGN = { nginx: ensureNginx, strawberry: ensurePython, ariadne: ensurePython };

async function serverTests(sh, { skip }) {
  const files = [];
  for (const [name, ensure] of Object.entries(FOREIGN)) {
    try {
      await ensure();
      files.push(inRoot('tests/servers', `${name}.test.mjs`));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      skip(name, error.message);
    }
  }
  await runFiles(sh, files);
}

/** Tests in pages: one browser of each kind for all files, a context of its own for each test. */
async function pageTests(sh, folder) {
  const browsers = await startShared(['chromium', 'firefox']);
  const failed = await nodeTests(sh, folder, browsers.env).catch((error) => error);
  const gone = await browsers.stop();
  if (failed !== undefined || gone.length > 0) throw withGone(failed, gone);
}

/** A browser that crashes by itself is named before the tests that fail for it. */
function withGone(failed, gone) {
  if (gone.length === 0) return failed;
  return new Problem([...gone, ...(failed ? [failed.message] : [])].join('; '), failed);
}

async function nodeTests(sh, folder, env) {
  const files = (await filesUnder(inRoot(folder))).filter((file) => file.endsWith('.test.mjs'));
  if (files.length === 0) throw new Problem(`There is no *.test.mjs in ${folder}.`);
  await runFiles(sh, files, env);
}

async function runFiles(sh, files, env) {
  const quietly = (command, args, options) => sh(command, args, { show: false, ...options });
  await runNodeTests(quietly, files, { filesAtOnce: FILES_AT_ONCE, env });
}

function bin(name) {
  return inRoot('node_modules/.bin', name);
}
