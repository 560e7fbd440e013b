/** `websocket.webSocketImpl`: an application's own WebSocket, as Node 20 needs it, and none. */

import assert from 'node:assert/strict';
import { before } from 'node:test';
import { WebSocket } from 'ws';
import { serve } from './support/http.mjs';
import { Recorder } from './support/notices.mjs';
import { connect } from './support/ours.mjs';
import { makeSchema } from './support/schema.mjs';
import { serveGraphqlWs } from './support/sockets.mjs';
import { test } from './support/test.mjs';

const FEED = { query: 'subscription { feed }' };

// Node 22 has one, and support/sockets.mjs sets one for the other files
before(() => void delete globalThis.WebSocket);

/** A WebSocket of ws that keeps what it was made with. */
function counted() {
  const made = [];
  class Counted extends WebSocket {
    constructor(...parameters) {
      super(...parameters);
      made.push(parameters);
    }
  }
  return { Counted, made };
}

test('a given one carries operations, though there is no global one', async (t) => {
  const { schema, feeds } = makeSchema();
  const { url } = await serveGraphqlWs(t, { schema });
  const { Counted, made } = counted();
  const sink = new Recorder();
  const client = connect(t, url, { transports: ['websocket'], websocket: { url, webSocketImpl: Counted } });
  client.subscribe(FEED, sink);
  const feed = await feeds.opened(0);
  feed.push('over ws');
  feed.end();
  await sink.completed();
  assert.deepEqual(sink.results, [{ data: { feed: 'over ws' } }]);
  // text, as every implementation takes it
  assert.deepEqual(made, [[url.replace('http:', 'ws:'), 'graphql-transport-ws']]);
});

test('a given one is taken instead of the global one', async (t) => {
  t.after(() => void delete globalThis.WebSocket);
  globalThis.WebSocket = class {
    constructor() {
      throw new Error('the global one was taken');
    }
  };
  const { schema, feeds } = makeSchema();
  const { url } = await serveGraphqlWs(t, { schema });
  const { Counted, made } = counted();
  connect(t, url, { transports: ['websocket'], websocket: { url, webSocketImpl: Counted } }).subscribe(FEED, new Recorder());
  await feeds.opened(0);
  assert.equal(made.length, 1);
});

test('one that throws when it is made is a failure that is tried again', async (t) => {
  const { schema, feeds } = makeSchema();
  const { url } = await serveGraphqlWs(t, { schema });
  let attempts = 0;
  class Moody extends WebSocket {
    constructor(...parameters) {
      attempts += 1;
      if (attempts === 1) throw new Error('not today');
      super(...parameters);
    }
  }
  connect(t, url, { transports: ['websocket'], websocket: { url, webSocketImpl: Moody } }).subscribe(FEED, new Recorder());
  await feeds.opened(0);
  assert.equal(attempts, 2);
});

test('without one the socket is left out, and the others go on', async (t) => {
  const server = await serve(t, (exchange, n) => (n === 0 ? exchange.answer(503) : exchange.stream().complete()));
  const client = connect(t, server.url, { websocket: { url: server.url } });
  const sink = new Recorder();
  client.subscribe(FEED, sink);
  await sink.completed();
  const { usable, reason } = client.snapshot().ladder.find(({ transport }) => transport === 'websocket');
  assert.equal(usable, false);
  assert.match(reason, /webSocketImpl/);
  assert.equal(server.exchanges.length, 2);
});
