/** How far a process grows for one large event: in Node on Linux, each run in a fresh process. */

import { check } from './rounds.mjs';
import { stream } from './workloads.mjs';

const MIB = 1 << 20;
const CHUNK = 64 * 1_024;
const SIZES = [8 * MIB, 32 * MIB];
const QUICK_SIZES = [MIB];
const SYMBOLS = [...'etaoin shrdlu cmfwyp'];
const RUNS = 3;

/** By the size of the event, by client: growth of the process in bytes at its highest, run by run. */
export async function measurePeak(field, { quick, note }) {
  const measured = {};
  if (process.platform !== 'linux') return measured; // nobody else tells
  for (const size of quick ? QUICK_SIZES : SIZES) {
    const spec = { size, count: 1, symbols: SYMBOLS };
    const expected = stream(spec);
    const small = { ...spec, size: 64 * 1_024 };
    measured[size] = { 'lifeline': [], 'eventsource-parser': [] };
    for (let n = 0; n < (quick ? 1 : RUNS); n++) {
      for (const name of Object.keys(measured[size])) {
        note(`memory for ${Math.round(size / MIB)} MB, ${name}`);
        measured[size][name].push(await growth(field, name, { small, spec, expected }));
      }
    }
  }
  return measured;
}

async function growth(field, name, { small, spec, expected }) {
  await field.drop(name);
  const client = await field.client(name);
  const jobs = [small, spec].map((one) => ({ url: 'http://127.0.0.1/', chunks: { spec: one, chunkBytes: CHUNK } }));
  await client.run('readStream', jobs[0]);
  await client.prepare(jobs[1]); // makes the bytes
  const before = await client.held();
  const result = await client.run('readStream', jobs[1]);
  const peak = await client.peak();
  await field.drop(name);
  check(result, expected, name);
  return peak - before;
}
