/** What a flood of small results does to the page: how long its main thread is busy, and what memory is left behind. */

import { check, run } from './rounds.mjs';
import { samplesOf } from './streams.mjs';

const CLIENTS = ['lifeline', 'lifeline-eventsource', 'eventsource-parser', 'eventsource', 'fetch-event-source', 'graphql-sse'];
const FLOODS = 3;

/** By client: the longest tasks, and the longest that a timer and a frame waited. */
export async function measureCalm(field, server, { rounds, note }) {
  const { count, hash } = await server.prepare('flood');
  const cases = CLIENTS.map((client) => ({ client, call: 'watched', job: { url: server.stream('flood') }, expected: { count, hash }, label: 'flood' }));
  await run(field, cases, { rounds, note: (text) => note(`flood, ${text}`) });
  return samplesOf(cases);
}

/** By client: JavaScript's heap and WebAssembly's memory in bytes, before a flood and behind each of three. */
export async function measureFloods(field, server, { note }) {
  const expected = await server.prepare('flood');
  const job = { url: server.stream('flood') };
  const measured = {};
  for (const name of ['lifeline', 'lifeline-eventsource', 'graphql-sse']) {
    note(`memory behind floods, ${name}`);
    await field.drop(name); // nothing of earlier runs
    const client = await field.client(name);
    await client.prepare(job);
    const memories = [await client.memory()];
    for (let n = 0; n < FLOODS; n++) {
      check(await client.run('readStream', job), expected, name);
      memories.push(await client.memory());
    }
    measured[name] = { heap: memories.map(({ heap }) => heap), wasm: memories.map(({ wasm }) => wasm) };
  }
  return measured;
}
