/**
 * `npm start`: builds what is out of date, starts the demo server and says where the page is.
 * PORT chooses the port, 8080 unless set.
 */

import { createServer } from 'node:net';
import { buildPackage } from './build.mjs';
import { buildPage } from './lib/page.mjs';
import { inRoot } from './lib/paths.mjs';
import { main } from './lib/main.mjs';
import { Problem } from './lib/problem.mjs';
import { endsByStopping, isStopping } from './lib/process.mjs';
import { buildServer, startServer } from './lib/server.mjs';
import { say, seconds, step } from './lib/step.mjs';
import { ensureWasmTarget } from './setup.mjs';

const port = process.env.PORT ?? '8080';
/** So quick that the page's watchdog has learned the rhythm before one breaks it. */
const HEARTBEAT_MS = '3000';

await main(import.meta.url, async () => {
  const started = performance.now();
  await checkPort(); // before the minutes of the first build, not after them
  await ensureWasmTarget();
  await Promise.all([
    // One line of work each: the server's crates fill the second core while the module is linked.
    buildPackage().then(buildPage),
    step('compile the demo server', buildServer),
  ]);
  const server = await startServer({ port, args: ['--static', inRoot('www/dist'), '--heartbeat-ms', HEARTBEAT_MS] });
  endsByStopping();
  say(`\nReady after ${seconds(performance.now() - started)}: ${server.url}\nCtrl-C stops it.`);
  const complaint = await server.ended;
  if (isStopping()) return new Promise(() => {}); // the signal's handler ends this program
  throw new Problem(`The server has ended. ${complaint}`);
});

async function checkPort() {
  if (!/^\d{1,5}$/.test(port)) throw new Problem(`PORT is ${port}, which is not a port: a number from 0 to 65535 is needed.`);
  const probe = createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', (error) => reject(new Problem(portProblem(error))));
    probe.listen(Number(port), '127.0.0.1', () => probe.close(resolve));
  });
}

function portProblem({ code, message }) {
  const other = Number(port) + 1;
  if (code === 'EADDRINUSE') return `Port ${port} is taken. Stop what uses it, or choose another one: PORT=${other} npm start`;
  if (code === 'EACCES') return `Port ${port} may not be used without special rights. Choose another one: PORT=8080 npm start`;
  return `Port ${port} cannot be used: ${message}`;
}
