/**
 * Subscribes and disposes, round after round, and prints what memory is left after each:
 * leaks-child.mjs ROUNDS CYCLES STAGE [leak]. With `leak`, the fetch function keeps a little of each request,
 * so that the test can show that it would notice.
 */

import { entry } from './packages.mjs';

const [rounds, cycles, stage, leak] = process.argv.slice(2);
const { Instance } = WebAssembly;
let memory;
WebAssembly.Instance = class extends Instance {
  constructor(...start) {
    super(...start);
    memory ??= this.exports.memory;
  }
};
const { createClient } = await import(entry);

const HEAD = new Headers({ 'content-type': 'text/event-stream' });
const NEXT = new TextEncoder().encode('event: next\ndata: {"data":{"n":1}}\n\n');
const CUT = new TextEncoder().encode('event: next\ndata: {"data":{"n":1');
const kept = [];
const closed = { count: 0 };

/** Streams one result and then nothing, until it is aborted or cancelled. */
async function fetchFn(url, { signal }) {
  if (leak) kept.push(Array(64).fill(url + kept.length));
  if (stage === 'refused') return { ok: false, status: 400, statusText: 'Bad Request', headers: HEAD, body: null, clone() { return this; } };
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(NEXT);
      if (stage === 'cut') controller.enqueue(CUT);
      if (stage === 'cut') controller.close();
      signal.addEventListener('abort', () => (closed.count += 1));
    },
  });
  return { ok: true, status: 200, statusText: 'OK', headers: HEAD, body };
}

/** Everything is told apart by a function, and the first result waits for a backfill. */
const healed = { continuity: { key: ({ data }) => data.n, startAfter: '0', backfill: async () => [] } };

const client = createClient({ url: 'http://127.0.0.1/', fetchFn, ...(stage === 'healed' && healed), backoff: { initialMs: 60_000, maxMs: 60_000 } });
const query = 'subscription Messages($room: ID!) { messages(room: $room) { id } }';

/** One operation, disposed of at the stage that was asked for. */
function cycle(n) {
  client.breaker('fetch').reset(); // or it would open, and hold up the next
  return new Promise((resolve, reject) => {
    const end = () => {
      if (stage !== 'sync') queueMicrotask(() => dispose());
    };
    const sink = {
      next: stage === 'result' || stage === 'healed' ? end : () => {},
      error: stage === 'refused' ? resolve : reject,
      complete: resolve,
    };
    const listeners = { connected: stage === 'connected' ? end : undefined, state: stage === 'cut' ? (state) => state === 'waiting' && end() : undefined };
    const dispose = client.subscribe({ query, variables: { room: `room ${n}` } }, sink, listeners);
    if (stage === 'sync') dispose();
  });
}

const AT_ONCE = 100;
async function round() {
  for (let n = 0; n < cycles; n += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => cycle(n + i)));
}

async function heap() {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

const heaps = [];
const wasm = [];
for (let i = 0; i < rounds; i++) {
  await round();
  heaps.push(await heap());
  wasm.push(memory.buffer.byteLength);
}
console.log(JSON.stringify({ heaps, wasm, operations: client.snapshot().operations.length, attempts: client.snapshot().counters.attempts, closed: closed.count, kept: kept.length }));
client.dispose();
