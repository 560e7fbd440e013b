/** Clients with every option at its default, but for where the servers are; and what is heard of their subscriptions. */

import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { createClient } from '../../../dist/index.js';
import { Log, Recorder } from './notices.mjs';

/** A client of the ladder that the table at the head of README's "When things break" is about. */
export function ladderClient(t, { url, socketUrl, transports = ['fetch', 'websocket'] }) {
  const client = createClient({ url, transports, websocket: { url: socketUrl, webSocketImpl: WebSocket } });
  t.after(() => client.dispose());
  return client;
}

/** Subscribes, and keeps what comes: a sink that also has its `gaps`, and what was told of it as its `story`. */
export function follow(client, request) {
  const sink = Object.assign(new Recorder(), { gaps: [], story: [], transports: new Log() });
  const started = performance.now();
  const tell = (line) => sink.story.push(`${Math.round(performance.now() - started)} ms ${line}`);
  const options = {
    gap: ({ reason }) => {
      sink.gaps.push(reason);
      tell(`gap ${reason}`);
    },
    state: (state) => tell(state),
  };
  // before the operation has a number nothing of it is told
  const mine = (listener) => (event) => event.operation === sink.dispose?.id && listener(event);
  client.on('transport', mine(({ transport }) => (tell(transport), sink.transports.add(transport))));
  client.on('retry', mine(({ error, delayMs }) => tell(`retry in ${delayMs} ms: ${error.code}: ${error.message}`)));
  client.on('error', mine(({ error }) => tell(`error ${error.code}: ${error.message}`)));
  sink.dispose = client.subscribe(request, sink, options);
  return sink;
}

/** Resolves as `sink.flows(results)` does, and throws after so many milliseconds, with the whole story. */
export async function flowsWithin(ms, sink, results) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), ms);
  });
  try {
    await Promise.race([sink.flows(results), late]);
  } catch (error) {
    throw new Error(`${sink.results.length} of ${results} results within ${ms} ms: ${error.message}\n${sink.story.join('\n')}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What came is what a server sends to one subscription, from the first result on, each once and in order: `socket 1`, … */
export function assertWay(sink, way) {
  const came = sink.results.map(({ data }) => data?.ticks ?? data?.maybe);
  assert.deepEqual(came, came.map((_, n) => `${way} ${n + 1}`), sink.story.join('\n'));
}
