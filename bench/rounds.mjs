/**
 * Rounds: every case once in each, in an order that moves on from round to round, so that what the machine does
 * meanwhile befalls all alike. Each run is checked.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../scripts/lib/problem.mjs';

/** Who takes longer is run once, and at no larger size: of CPU time, which a busy machine does not make longer. */
const SLOW_MS = 10_000;
/** Who takes longer is cut off. */
const CAP_MS = 120_000;

/** The clients of one place, opened when they are first needed. */
export class Field {
  #open = new Map();

  /** `warmUp`: a job that each reads first, because a program runs slower at first. */
  constructor(place, warmUp) {
    Object.assign(this, { place, warmUp });
  }

  async client(name) {
    if (!this.#open.has(name)) {
      const client = await this.place.open(name);
      this.#open.set(name, client);
      if (this.warmUp?.suits(name)) {
        await client.prepare(this.warmUp.job);
        await client.run('readStream', this.warmUp.job);
      }
    }
    return this.#open.get(name);
  }

  /** Ends a client; the next use starts it afresh. */
  async drop(name) {
    const client = this.#open.get(name);
    this.#open.delete(name);
    await client?.close();
  }

  async close() {
    for (const name of this.#open.keys()) await this.drop(name);
  }
}

/**
 * Runs all cases. A case: `client`, `call`, `job`, `expected` (`count` and `hash`), and where they matter `family` and
 * `size`; `history` are cases that were run before. Its `samples` are filled: `ms` and `cpuMs` by round, `over` where it was cut off, `skipped`.
 */
export async function run(field, cases, { rounds, history = [], note = () => {}, capMs = CAP_MS }) {
  for (const one of cases) one.samples = { ms: [], cpuMs: [] };
  for (let round = 0; round < rounds; round++) {
    for (const one of rotated(cases, round)) {
      if (isSpared(one, [...history, ...cases])) continue;
      note(`round ${round + 1} of ${rounds}, ${one.client}`);
      await runOne(field, one, capMs);
    }
  }
  for (const { samples } of cases) if (samples.ms.length === 0 && !samples.over) samples.skipped = true;
}

async function runOne(field, { client: name, call, job, expected, samples, label = '' }, capMs) {
  const client = await field.client(name);
  const stopped = new AbortController();
  const limit = sleep(capMs, 'cut off', { signal: stopped.signal }).catch(() => {});
  try {
    await client.prepare(job);
    const running = client.run(call, job);
    const result = await Promise.race([running, limit]);
    if (result === 'cut off') {
      running.catch(() => {}); // it ends with its window
      await field.drop(name);
      samples.over = capMs;
      return;
    }
    check(result, expected);
    samples.ms.push(rounded(result.ms));
    samples.cpuMs.push(rounded(result.cpuMs));
    for (const [key, value] of Object.entries(result)) if (!COMMON.includes(key)) (samples[key] ??= []).push(rounded(value));
  } catch (error) {
    throw new Problem(`${field.place.name}: ${name} on ${label}: ${error.message}`);
  } finally {
    stopped.abort();
  }
}

const COMMON = ['ms', 'cpuMs', 'count', 'hash'];

/** Throws unless every result was seen, whole and in order. */
export function check({ count, hash }, expected, who = 'it') {
  if (count === expected.count && hash === expected.hash) return;
  throw new Problem(`${who} saw ${count} results with the checksum ${hash}; there were ${expected.count} with ${expected.hash}.`);
}

/** Has it shown already that it takes too long? For a larger size, in what it took for smaller ones, even if its time only grew with the size. */
function isSpared({ client, family, size, expected, samples }, cases) {
  if (slowest(samples) > SLOW_MS) return true;
  if (family === undefined || samples.ms.length > 0) return false;
  const smaller = cases.filter((other) => other.client === client && other.family === family && other.size < size);
  const bytes = size * expected.count;
  return smaller.some(({ samples: known, size: itsSize, expected: { count } }) => (slowest(known) * bytes) / (itsSize * count) > SLOW_MS);
}

function slowest({ cpuMs, over = 0 }) {
  return Math.max(over, ...cpuMs);
}

function rotated(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function rounded(value) {
  return Math.round(value * 100) / 100;
}
