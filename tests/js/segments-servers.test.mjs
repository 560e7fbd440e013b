/** Segments from real servers to the client: graphql-lifeline/server around real handlers, and the Rust server with its faults. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { createHandler } from 'graphql-sse/lib/use/fetch';
import { createYoga } from 'graphql-yoga';
import { WebSocket } from 'ws';
import { startServer } from '../../scripts/lib/server.mjs';
import { withLifeline } from '../../dist/server.js';
import { serveFetch } from './support/fetch-server.mjs';
import { Log, Recorder } from './support/notices.mjs';
import { connect } from './support/ours.mjs';
import { makeSchema } from './support/schema.mjs';
import { test } from './support/test.mjs';

globalThis.WebSocket ??= WebSocket; // Node 20 has none

const FEED = { query: 'subscription { feed }' };
const LARGE = ['😀漢 "\\\n'.repeat(9_000), 'small', 'x'.repeat(200_000)];
const PAYLOAD = { maxSegmentBytes: 1_000 };

const yogaOf = (schema) => {
  const yoga = createYoga({ schema, logging: false, graphqlEndpoint: '/graphql' });
  return (request) => yoga.fetch(request);
};
const handlers = { 'graphql-yoga': yogaOf, 'graphql-sse': (schema) => createHandler({ schema }) };

for (const [name, handlerOf] of Object.entries(handlers)) {
  for (const options of [{}, { method: 'GET', transports: ['fetch'] }, ...(name === 'graphql-sse' ? [{ singleConnection: true }] : [])]) {
    test(`${name}, ${JSON.stringify(options)}: what the wrapper splits comes whole`, async (t) => {
      let slices = 0;
      const { schema, feeds } = makeSchema();
      const handle = withLifeline(handlerOf(schema));
      const url = await serveFetch(t, async (request, ...rest) => {
        const response = await handle(request, ...rest);
        return response.body ? new Response(response.body.pipeThrough(counting((count) => (slices += count))), response) : response;
      });
      const sink = new Recorder();
      connect(t, url, { payload: PAYLOAD, ...options }).subscribe(FEED, sink);
      const feed = await feeds.opened(0);
      feed.push(...LARGE);
      feed.end();
      await sink.completed();
      assert.deepEqual(sink.results.map(({ data }) => data.feed), LARGE);
      assert.ok(slices > 200, `${slices} slices`);
    });
  }
}

/** Counts the events that are slices. */
function counting(count) {
  const decoder = new TextDecoder();
  return new TransformStream({
    transform(chunk, controller) {
      count(decoder.decode(chunk, { stream: true }).split(/event: ?segment/).length - 1);
      controller.enqueue(chunk);
    },
  });
}

// --- the Rust server ---

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const fault = (order) => fetch(`${server.url}/faults`, { method: 'POST', body: JSON.stringify(order) });
const TICKS = { query: 'subscription { ticks(everyMs: 20, bytes: 20000, count: 3) { n padding } }' };
const WAYS = {
  fetch: (url) => ({ url }),
  'a shared stream': (url) => ({ url, singleConnection: true }),
  websocket: (url) => ({ url, transports: ['websocket'], websocket: { url } }),
};

for (const [way, options] of Object.entries(WAYS)) {
  const follow = async (t, order) => {
    await fault(order);
    const sink = new Recorder();
    const gaps = new Log();
    const { url, ...more } = options(`${server.url}/graphql`);
    const client = connect(t, url, { payload: PAYLOAD, ...more });
    client.subscribe(TICKS, sink, { gap: ({ reason, recovered }) => gaps.add([reason, recovered]) });
    return { sink, gaps };
  };

  test(`the Rust server, by ${way}: results come whole`, async (t) => {
    const before = (await server.stats?.())?.segments ?? (await (await fetch(`${server.url}/stats`)).json()).segments;
    const { sink, gaps } = await follow(t, { profile: 'none' });
    await sink.completed();
    assert.deepEqual(sink.results.map(({ data }) => [data.ticks.n, data.ticks.padding.length]), [[1, 20_000], [2, 20_000], [3, 20_000]]);
    assert.deepEqual(gaps.items, []);
    const { segments } = await (await fetch(`${server.url}/stats`)).json();
    assert.ok(segments.results >= before.results + 3, JSON.stringify({ before, segments }));
  });

  for (const profile of ['segment-lost', 'segment-swapped', 'segment-twice', 'segment-damaged']) {
    test(`${profile} by ${way}: that result is told, the others come`, async (t) => {
      const { sink, gaps } = await follow(t, { profile, on: 'all', times: 1 });
      await sink.completed();
      assert.deepEqual(sink.results.map(({ data }) => data.ticks.n), [2, 3]);
      assert.deepEqual(gaps.items, [['segment', false]]);
      await fault({ profile: 'none' });
    });
  }

  test(`segment-stuck by ${way}: the others come, and its loss is told when the operation is complete`, async (t) => {
    const { sink, gaps } = await follow(t, { profile: 'segment-stuck', on: 'all', times: 1 });
    await sink.completed();
    assert.deepEqual(sink.results.map(({ data }) => data.ticks.n), [2, 3]);
    assert.deepEqual(gaps.items, [['segment', false]]);
    await fault({ profile: 'none' });
  });
}
