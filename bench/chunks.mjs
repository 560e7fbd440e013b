/**
 * Parsing alone, in Node: large events in chunks of one size, from a fetch function, without a network. What is
 * quadratic shows here.
 */

import { run } from './rounds.mjs';
import { stream } from './workloads.mjs';

const KIB = 1_024;
const CLIENTS = ['limit', 'lifeline', 'eventsource-parser', 'fetch-event-source', 'graphql-sse'];
export const CHUNKS = [1 * KIB, 4 * KIB, 64 * KIB];
export const SIZES = [64 * KIB, 256 * KIB, 1_024 * KIB, 8_192 * KIB, 32_768 * KIB];
const QUICK_SIZES = [16 * KIB, 256 * KIB];
/** Small events are sent several times, or there would be nothing to measure. */
const ENOUGH = 4_096 * KIB;
const SYMBOLS = [...'etaoin shrdlu cmfwyp'];

/** By the size of chunks, by the size of the event: how many there were, and the samples of each client. */
export async function measureChunks(field, { quick, rounds, note }) {
  const measured = {};
  for (const chunkBytes of CHUNKS) {
    const groups = (quick ? QUICK_SIZES : SIZES).map((size) => group(size, chunkBytes, quick));
    await run(field, groups.flatMap(({ cases }) => cases), { rounds, note: (text) => note(`chunks of ${chunkBytes / KIB} KB, ${text}`) });
    measured[chunkBytes] = Object.fromEntries(groups.map(({ size, count, cases }) => [size, { count, clients: Object.fromEntries(cases.map(({ client, samples }) => [client, samples])) }]));
  }
  return measured;
}

function group(size, chunkBytes, quick) {
  const spec = { size, count: quick ? 1 : Math.max(1, ENOUGH / size), symbols: SYMBOLS };
  const { count, hash } = stream(spec);
  const job = { url: `http://127.0.0.1/?${size}`, chunks: { spec, chunkBytes } };
  const label = `${size} bytes in chunks of ${chunkBytes}`;
  return { size, count, cases: CLIENTS.map((client) => ({ client, call: 'readStream', job, expected: { count, hash }, family: 'chunks', size, label })) };
}
