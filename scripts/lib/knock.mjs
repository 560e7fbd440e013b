/** Keeps the test runner's web server awake. */

import { connect } from 'node:net';
import { freePort } from './port.mjs';

const EACH_MS = 500;

/**
 * wasm-bindgen-test-runner serves the tests with tiny_http 0.12, which may lay a connection aside when several come at
 * the same moment, and only looks at it again when another one comes: the page then waits for ever for one of its
 * scripts. Knocking at the door is such another one. `stop()` ends it.
 */
export async function knockable() {
  const port = await freePort();
  const timer = setInterval(() => {
    const socket = connect(port, '127.0.0.1', () => socket.end());
    socket.on('error', () => socket.destroy()); // it does not listen yet, or any more
    socket.setTimeout(EACH_MS * 10, () => socket.destroy());
  }, EACH_MS);
  return { address: `127.0.0.1:${port}`, stop: () => clearInterval(timer) };
}
