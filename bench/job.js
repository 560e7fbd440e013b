/** One run of one client, in a page or in Node. */

import { sum, Tally } from './tally.js';

/** Each is loaded where it runs alone, so that none bears with what another does to the world. */
export const CLIENTS = {
  'limit': () => import('./clients/limit.js'),
  'decoded-limit': () => import('./clients/decoded-limit.js'),
  'lifeline': () => import('./clients/lifeline.js'),
  'lifeline-eventsource': () => import('./clients/lifeline-eventsource.js'),
  'lifeline-websocket': () => import('./clients/lifeline-websocket.js'),
  'eventsource-parser': () => import('./clients/eventsource-parser.js'),
  'eventsource': () => import('./clients/eventsource.js'),
  'fetch-event-source': () => import('./clients/fetch-event-source.js'),
  'graphql-sse': () => import('./clients/graphql-sse.js'),
  'sse.js': () => import('./clients/sse.js'),
  'graphql-ws': () => import('./clients/graphql-ws.js'),
  'websocket': () => import('./clients/websocket.js'),
};

/** What the last job's preparations brought. */
let prepared = {};

/** Everything before the clock starts. */
export async function prepare(name, job) {
  const client = await CLIENTS[name]();
  if (prepared.url === job.url) return;
  prepared = {}; // makes room first
  prepared = { url: job.url, value: await client.prepare?.(job) };
}

/** Reads one stream: how long it took in milliseconds, and the tally. */
export async function readStream(name, job) {
  const client = await CLIENTS[name]();
  const tally = new Tally();
  const started = performance.now();
  await client.run(job, tally, prepared.value);
  return { ms: performance.now() - started, ...sum([tally]) };
}

/** The results of all subscriptions on one socket, from when the last of them has subscribed. */
export async function readSocket(name, job) {
  const client = await CLIENTS[name]();
  const tallies = Array.from({ length: job.subscriptions }, () => new Tally());
  const done = client.subscribeAll(job, tallies);
  await Promise.race([done, ask(job.readyUrl)]); // what fails early is known early
  const started = performance.now();
  await Promise.all([done, ask(job.goUrl)]);
  return { ms: performance.now() - started, ...sum(tallies) };
}

async function ask(url) {
  const response = await fetch(url, { method: 'POST' });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
}

const AT_ONCE = 100;
const RESULT = new TextEncoder().encode('event: next\ndata: {"data":{"message":{"id":"1","text":"hello"}}}\n\n');

/** Subscribes and disposes at the first result, so many times. */
export async function churn(name, { cycles }) {
  const { connect } = await CLIENTS[name]();
  const client = connect({ url: 'http://127.0.0.1/', fetch: oneResult });
  for (let n = 0; n < cycles; n += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => cycle(client, n + i)));
  client.dispose();
}

function cycle(client, n) {
  const request = { query: 'subscription ($room: ID!) { message(room: $room) { id text } }', variables: { room: String(n) } };
  return new Promise((complete, error) => {
    const dispose = client.subscribe(request, { next: () => queueMicrotask(() => dispose()), error, complete });
  });
}

/** Streams one result, and then nothing until it is aborted. */
async function oneResult(_, { signal }) {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(RESULT);
      signal.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}
