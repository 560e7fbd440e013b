/** Chromium and Firefox with their drivers: where they are, and how to start them. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locate } from './locate.mjs';
import { cache, inRoot } from './paths.mjs';
import { Problem } from './problem.mjs';
import { run } from './process.mjs';

/** By part: the names it goes by, the variable that overrides them, and Debian's package. */
export const PARTS = {
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    variable: 'CHROME',
    package: 'chromium',
  },
  chromedriver: { names: ['chromedriver'], variable: 'CHROMEDRIVER', package: 'chromium-driver' },
  firefox: { names: ['firefox-esr', 'firefox'], variable: 'FIREFOX', package: 'firefox-esr' },
  geckodriver: { names: ['geckodriver'], variable: 'GECKODRIVER' },
};

/** For whoever starts it, with Playwright or without. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Over WebDriver BiDi, Playwright asks for a command that 140 does not know. */
const OLDEST_FIREFOX = 141;

/** Is it there, and not too old? */
export async function isUsable(part) {
  const path = find(part);
  if (path === undefined || part !== 'firefox') return path !== undefined;
  const version = await run(path, ['--version']);
  return Number(/\d+/.exec(version)?.[0]) >= OLDEST_FIREFOX;
}

/** The path of a part, or nothing. */
export function find(part) {
  return locate(PARTS[part].names, PARTS[part].variable);
}

/** The path of a part that is needed now. */
export function need(part) {
  const path = find(part);
  if (path !== undefined) return path;
  throw new Problem(`There is no ${part} here. Run \`npm run setup\`, or set ${PARTS[part].variable} to its path.`);
}

/** A Playwright browser: `launch('chromium')` or `launch('firefox')`; close it with `close()`. */
export async function launch(name, options = {}) {
  const { type, given } = await starting(name, options);
  return type.launch(given);
}

/** The browser that the suite has started for all its files, or, for a file that runs by itself, one of its own. */
export async function shared(name) {
  const address = process.env[variable(name)];
  if (address === undefined) return launch(name);
  const { type } = await starting(name);
  return type.connect(address);
}

/**
 * Starts one browser of each kind for many files; `env` tells their tests where. `stop()` ends them, and says which one
 * had ended by itself before.
 */
export async function startShared(names) {
  const servers = [];
  const gone = [];
  let stopping = false;
  for (const name of names) {
    const { type, given } = await starting(name);
    const server = await type.launchServer({ host: '127.0.0.1', ...given });
    server.on('close', (code, signal) => stopping || gone.push(`${name} ended by itself (${signal ?? `exit code ${code}`})`));
    servers.push([name, server]);
  }
  const stop = async () => {
    stopping = true;
    await Promise.all(servers.map(([, server]) => server.close()));
    return gone;
  };
  return { env: Object.fromEntries(servers.map(([name, server]) => [variable(name), server.wsEndpoint()])), stop };
}

const variable = (name) => `LIFELINE_${name.toUpperCase()}`;

/** Playwright's way to start a browser that is installed here. */
async function starting(name, options = {}) {
  const { chromium, firefox } = await import('playwright-core');
  const executablePath = need(name);
  if (name === 'firefox') {
    // Debian's Firefox has no Juggler, Playwright's own protocol; this channel speaks WebDriver BiDi.
    return { type: firefox, given: { channel: 'moz-firefox', executablePath, ...options } };
  }
  return { type: chromium, given: { executablePath, ...options, args: [...CHROMIUM_ARGS, ...(options.args ?? [])] } };
}

/** webdriver.json with the paths of this machine's browsers, for wasm-bindgen-test-runner. Returns its path. */
export async function writeWebdriverJson() {
  const capabilities = JSON.parse(await readFile(inRoot('webdriver.json'), 'utf8'));
  capabilities['goog:chromeOptions'].binary = need('chromium');
  capabilities['moz:firefoxOptions'].binary = need('firefox');
  const path = join(cache, 'webdriver.json');
  await mkdir(cache, { recursive: true });
  await writeFile(path, `${JSON.stringify(capabilities, null, 2)}\n`);
  return path;
}
