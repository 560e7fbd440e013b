/** What runs in a Node process: child.mjs CLIENT. bench/node.mjs sends it jobs. */

import { readFileSync, writeFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { wasmBytes } from './memories.js';
import { churn, prepare, readSocket, readStream } from './job.js';
import { stream } from './workloads.mjs';

globalThis.WebSocket ??= WebSocket; // Node 20 has none

const [client] = process.argv.slice(2);
const CALLS = { prepare, readStream, readSocket, churn };
/** The bytes of the last job in chunks. */
let source = {};

process.on('message', async ({ call, job }) => {
  try {
    if (call === 'heap') return process.send({ result: await heap() });
    if (call === 'held') return process.send({ result: held() });
    if (call === 'peak') return process.send({ result: status('VmHWM') });
    const { chunks } = job;
    const ready = chunks ? { ...job, fetch: fetchOf(chunks) } : job;
    if (call === 'prepare') await prepare(client, ready);
    globalThis.gc();
    const before = process.cpuUsage();
    const result = call === 'prepare' ? {} : await CALLS[call](client, ready);
    const { user, system } = process.cpuUsage(before);
    process.send({ result: { ...result, cpuMs: (user + system) / 1_000 } });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit());

/** Bytes of JavaScript's heap and of WebAssembly's memories, when all that ends with a turn or two has ended. */
async function heap() {
  for (let n = 0; n < 4; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
  return { heap: process.memoryUsage().heapUsed, wasm: wasmBytes() };
}

/** What the process holds after a collection, in bytes; "peak" counts from here. */
function held() {
  globalThis.gc();
  writeFileSync('/proc/self/clear_refs', '5'); // proc(5): resets the peak
  return status('VmRSS');
}

function status(field) {
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1_024;
}

/** A fetch function that answers with a stream in chunks of one size. */
function fetchOf({ spec, chunkBytes }) {
  const key = JSON.stringify(spec);
  if (source.key !== key) source = { key, bytes: new Uint8Array(stream(spec).bytes) };
  const { bytes } = source;
  return async () => {
    let at = 0;
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(bytes.subarray(at, (at += chunkBytes)));
        if (at >= bytes.length) controller.close();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}
