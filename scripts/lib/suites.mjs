/** The test suites: what each is called, what it needs, what it runs. `npm test` runs them in this order. */

import { availableParallelism } from 'node:os';
import { delimiter } from 'node:path';
import { writeWebdriverJson, need } from './browsers.mjs';
import { knockable } from './knock.mjs';
import { runNodeTests } from './node-tests.mjs';
import { inRoot, toolsBin } from './paths.mjs';
import { Problem } from './problem.mjs';
import { startServer } from './server.mjs';
import { filesUnder } from './stamp.mjs';

const WASM = ['--target', 'wasm32-unknown-unknown', '--features', 'typed'];
const STRICT = ['--', '-D', 'warnings'];

/** While the tests of one file wait for something, those of another go on. */
const SIDE_BY_SIDE = `--test-concurrency=${Math.max(2, availableParallelism() - 1)}`;

/** The browser tests are compiled with the server's address in them; the same port again saves compiling again. */
const USUAL_PORT = 47_615;

/** `needs` are keys of NEEDS in scripts/test.mjs; `run` gets a function that runs a program and shows its output. */
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
    needs: ['rust'],
    async run(sh) {
      await sh('cargo', ['clippy', '--workspace', '--all-targets', ...STRICT]);
      await sh('cargo', ['clippy', ...WASM, '--all-targets', ...STRICT]);
    },
  },
  {
    name: 'native',
    about: 'Rust tests: the core in virtual time, the server',
    needs: ['rust'],
    run: (sh) => sh('cargo', ['test', '--workspace']),
  },
  {
    name: 'simulation',
    about: 'the promise in a made-up world, 10,000 seeds',
    needs: ['rust'],
    run: (sh) => sh('node', ['scripts/simulate.mjs', '0..10000']),
  },
  {
    name: 'build',
    about: 'the package builds',
    needs: ['package'],
    async run() {},
  },
  {
    name: 'size',
    about: 'dist/index.js stays within its budget',
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
    needs: ['rust', 'runner', 'browsers', 'server'],
    run: (sh) => browserTests(sh, { CHROMEDRIVER: need('chromedriver'), GECKODRIVER: undefined }),
  },
  {
    name: 'browser-firefox',
    about: 'the crate inside Firefox',
    needs: ['rust', 'runner', 'browsers', 'server'],
    run: (sh) => browserTests(sh, { GECKODRIVER: need('geckodriver'), CHROMEDRIVER: undefined }),
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
    run: (sh) => nodeTests(sh, 'tests/e2e', SIDE_BY_SIDE),
  },
  {
    name: 'resilience',
    about: 'every fault on every transport it concerns, in both browsers',
    needs: ['package', 'server', 'browsers'],
    run: (sh) => nodeTests(sh, 'tests/resilience', SIDE_BY_SIDE),
  },
  {
    name: 'life',
    about: 'a page offline, hidden, frozen, asleep; tokens and connections that expire; in both browsers',
    needs: ['package', 'server', 'browsers'],
    run: (sh) => nodeTests(sh, 'tests/life', SIDE_BY_SIDE),
  },
  {
    name: 'large',
    about: 'large results whole, over every transport, in both browsers',
    needs: ['package', 'server', 'browsers'],
    run: (sh) => nodeTests(sh, 'tests/large'),
  },
  {
    name: 'bench',
    about: 'the benchmark works: every client sees every result',
    needs: ['package', 'browsers'],
    run: (sh) => sh('node', ['scripts/bench.mjs', '--quick']),
  },
];

async function browserTests(sh, drivers) {
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
    await sh('cargo', ['test', ...WASM, '--test', 'browser'], env);
  } finally {
    door.stop();
    await server.stop();
  }
}

async function nodeTests(sh, folder, ...options) {
  const files = (await filesUnder(inRoot(folder))).filter((file) => file.endsWith('.test.mjs'));
  if (files.length === 0) throw new Problem(`There is no *.test.mjs in ${folder}.`);
  await runNodeTests(sh, options, files);
}

function bin(name) {
  return inRoot('node_modules/.bin', name);
}
