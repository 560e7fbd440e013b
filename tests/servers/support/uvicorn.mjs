/** A Python application on uvicorn. */

import { createInterface } from 'node:readline';
import { inRoot } from '../../../scripts/lib/paths.mjs';
import { start, stop } from '../../../scripts/lib/process.mjs';
import { ensurePython } from '../../../scripts/lib/python.mjs';

const STARTUP_MS = 30_000;

/** Starts `python/<app>.py`; where it answers, and how to end it. */
export async function startUvicorn(app) {
  const python = await ensurePython();
  const args = ['-m', 'uvicorn', `${app}:app`, '--app-dir', inRoot('tests/servers/python'), '--host', '127.0.0.1', '--port', '0'];
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  const child = start(python, [...args, '--no-access-log', '--timeout-graceful-shutdown', '1'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await listening(child).catch(async (error) => {
    await stop(child);
    throw error;
  });
  return { url: `${url}/graphql`, stop: () => stop(child) };
}

/** Resolves with the address that it says. */
function listening(child) {
  return new Promise((resolve, reject) => {
    const lines = [];
    const fail = (what) => {
      clearTimeout(timer);
      reject(new Error(`uvicorn did not start: ${what}\n${lines.join('\n')}`));
    };
    const timer = setTimeout(() => fail(`it did not say within ${STARTUP_MS} ms that it listens`), STARTUP_MS);
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => fail(`it ended with exit code ${code}`));
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      const url = /Uvicorn running on (http:\/\/\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}
