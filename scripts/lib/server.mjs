/** The demo and fault server as a child process. */

import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { cargo } from './cargo.mjs';
import { cargoTarget } from './paths.mjs';
import { Problem } from './problem.mjs';
import { start, stop } from './process.mjs';

const STARTUP_MS = 15_000;
const binary = join(cargoTarget, 'debug', 'lifeline-server');
let built;

/** Compiles the server, once for each process; scripts/test.mjs has done it for the suites it runs. */
export function buildServer(note) {
  if (process.env.LIFELINE_SERVER_IS_BUILT) return Promise.resolve();
  return (built ??= cargo(['build', '-p', 'lifeline-server'], { note }));
}

/**
 * Starts the server and waits until it listens: on a free port unless `port` names one.
 * `stop()` ends it; `ended` resolves, with what it wrote to stderr, when it ends in whatever way.
 */
export async function startServer({ args = [], port = 0, env = {} } = {}) {
  await buildServer();
  const stdio = ['ignore', 'pipe', 'pipe'];
  const child = start(binary, ['--port', String(port), ...args], { env, stdio });
  const stderr = collect(child.stderr);
  const ended = new Promise((resolve) => child.once('close', () => resolve(stderr())));
  const url = await listening(child, stderr).catch(async (error) => {
    await stop(child);
    throw error;
  });
  return { url, ended, stop: () => stop(child) };
}

function collect(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => (text = (text + chunk).slice(-10_000)));
  return () => text.trim();
}

function listening(child, stderr) {
  return new Promise((resolve, reject) => {
    const fail = (what) => {
      clearTimeout(timer);
      reject(new Problem(`The demo server did not start: ${stderr() || what}`));
    };
    const tooLong = () => fail(`it did not say within ${STARTUP_MS / 1_000} s that it listens`);
    const timer = setTimeout(tooLong, STARTUP_MS);
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => fail(`it ended with exit code ${code}`));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /listening on (https?:\/\/\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url.replace(/\/$/, ''));
    });
  });
}
