/** Event streams, end to end: the same bytes over the same socket for every client. */

import { Problem } from '../scripts/lib/problem.mjs';
import { run } from './rounds.mjs';
import { workload, WORKLOADS } from './workloads.mjs';

/** By place. Node has no EventSource, and sse.js takes XMLHttpRequest for granted. */
const CLIENTS = {
  chromium: ['limit', 'decoded-limit', 'lifeline', 'lifeline-eventsource', 'eventsource-parser', 'eventsource', 'fetch-event-source', 'graphql-sse', 'sse.js'],
  node: ['limit', 'decoded-limit', 'lifeline', 'eventsource-parser', 'fetch-event-source', 'graphql-sse'],
};
const NAMES = Object.keys(WORKLOADS).filter((name) => name !== 'flood');

/** By workload, its bytes and the samples of each client. */
export async function measureStreams(field, server, { quick, rounds, wanted, note }) {
  const names = NAMES.filter(wanted);
  if (names.length === 0) throw new Problem(`There is no such workload; there are: ${NAMES.join(', ')}.`);
  const cases = {};
  const measured = {};
  for (const name of names) {
    const { count, hash, bytes } = await server.prepare(name);
    const { family, size } = workload(name, quick);
    const job = { url: server.stream(name) };
    cases[name] = CLIENTS[field.place.name].map((client) => ({ client, call: 'readStream', job, expected: { count, hash }, family, size, label: name }));
    const history = family === undefined ? [] : Object.values(cases).flat().filter((one) => one.family === family && one.samples);
    await run(field, cases[name], { rounds, history, note: (text) => note(`${name}, ${text}`) });
    measured[name] = { bytes, count, clients: samplesOf(cases[name]) };
  }
  return measured;
}

/** By client. */
export function samplesOf(cases) {
  return Object.fromEntries(cases.map(({ client, samples }) => [client, samples]));
}
