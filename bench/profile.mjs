/** Where the time goes in Chromium: the profiler's samples, by what was at work. */

import { median } from './numbers.mjs';
import { check } from './rounds.mjs';

/** What is at work, and what the profiler calls it; the first that fits counts. */
export const PARTS = [
  ['JSON.parse', ({ functionName }) => functionName === 'jsonParse'],
  ['TextDecoder', ({ functionName, url }) => url === '' && ['decode', 'TextDecoder'].includes(functionName)],
  ['WebAssembly', ({ url, functionName }) => url.startsWith('wasm:') || functionName === 'wasm-to-js'],
  ['collecting garbage', ({ functionName }) => functionName === '(garbage collector)'],
  ['the browser', ({ functionName }) => functionName === '(program)'],
  ['waiting', ({ functionName }) => functionName === '(idle)'],
  ['other JavaScript', () => true],
];
const FETCHES = ['limit', 'decoded-limit', 'eventsource-parser', 'lifeline'];
const EVENT_SOURCES = ['eventsource', 'lifeline-eventsource'];
const CASES = { 'small': [...FETCHES, ...EVENT_SOURCES], 'mixed': FETCHES, 'medium': [...FETCHES, ...EVENT_SOURCES], 'one-32': FETCHES };
const INTERVAL_US = 200;
/** Shares of the time differ less from round to round than the time itself. */
const ROUNDS = 3;

/** By workload and client, the milliseconds of each part: medians over rounds. */
export async function measureProfile(field, server, { rounds: most, wanted, note }) {
  const rounds = Math.min(most, ROUNDS);
  const measured = {};
  for (const name of Object.keys(CASES).filter(wanted)) {
    const expected = await server.prepare(name);
    const runs = Object.fromEntries(CASES[name].map((client) => [client, []]));
    for (let round = 0; round < rounds; round++) {
      for (const client of CASES[name]) {
        note(`${name}, round ${round + 1} of ${rounds}, ${client}`);
        runs[client].push(await profiled(await field.client(client), { url: server.stream(name) }, expected));
      }
    }
    measured[name] = Object.fromEntries(Object.entries(runs).map(([client, each]) => [client, PARTS.map((_, at) => median(each.map((parts) => parts[at])))]));
  }
  return measured;
}

async function profiled(client, job, expected) {
  await client.prepare(job);
  const { result, profile } = await client.profile('readStream', job, INTERVAL_US);
  check(result, expected, client.client);
  return partsOf(profile);
}

/** Milliseconds by part, in the order of PARTS. */
export function partsOf({ nodes, samples, timeDeltas }) {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, PARTS.findIndex(([, fits]) => fits(callFrame))]));
  const parts = PARTS.map(() => 0);
  samples.forEach((id, at) => (parts[places.get(id)] += timeDeltas[at] / 1_000));
  return parts;
}
