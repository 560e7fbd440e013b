/** Results that a server splits: asked for, and whole again, over every transport. */

import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { listen, serve } from './support/http.mjs';
import { Recorder } from './support/notices.mjs';
import { connect, failure, SUBSCRIPTION, UNHINDERED } from './support/ours.mjs';
import { serveSockets } from './support/sockets.mjs';
import { test } from './support/test.mjs';

const LARGE = { data: { text: 'großes Ergebnis 😀 "\n" '.repeat(2_000) } };
const SMALL = { data: { text: 'small' } };
const PAYLOAD = { maxSegmentBytes: 256 };

/** CRC-32, bit by bit where Node has none. */
function checksum(bytes) {
  if (crc32) return crc32(bytes);
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** Headers and slices of a result, of so many bytes at most. */
function split(r, result, most) {
  const bytes = Buffer.from(JSON.stringify(result));
  const texts = [];
  for (let at = 0, end; at < bytes.length; at = end) {
    end = Math.min(at + most, bytes.length);
    while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end--;
    texts.push(bytes.toString('utf8', at, end));
  }
  const c = checksum(bytes);
  return texts.map((s, i) => ({ r, i, n: texts.length, b: bytes.length, c, s }));
}

const event = ({ s, ...head }) => `event: segment\ndata: ${JSON.stringify(head)}\ndata: ${s}\n\n`;

/** What a request asks for. */
const asked = ({ extensions }) => extensions?.lifeline?.maxSegmentBytes;

/** Sends a large result in slices, a small one between them, and completes. */
async function send(exchange, most, id) {
  const named = (slices) => slices.map((slice) => ({ ...slice, ...(id && { id }) }));
  const [first, ...rest] = named(split(7, LARGE, most));
  const small = named(split(8, SMALL, most));
  exchange.write(event(first));
  for (const slice of small) exchange.write(event(slice));
  for (const slice of rest) exchange.write(event(slice));
}

function subscribe(client, request = SUBSCRIPTION) {
  const sink = new Recorder();
  sink.gaps = [];
  client.subscribe(request, sink, { gap: ({ reason }) => sink.gaps.push(reason) });
  return sink;
}

for (const method of ['POST', 'GET']) {
  test(`${method}: asked for, and whole again`, async (t) => {
    const server = await serve(t, async (exchange) => {
      const { searchParams } = new URL(exchange.url, 'http://localhost');
      const request = method === 'POST' ? exchange.json : { extensions: JSON.parse(searchParams.get('extensions')) };
      exchange.stream();
      await send(exchange, asked(request));
      exchange.complete();
    });
    const sink = subscribe(connect(t, server.url, { method, payload: PAYLOAD }));
    await sink.completed();
    assert.deepEqual(sink.results, [SMALL, LARGE]);
    assert.deepEqual(sink.gaps, []);
  });
}

test('what the application puts into extensions stays, and its own object as it is', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream());
  const client = connect(t, server.url, { payload: { maxSegmentBytes: 64_000 }, headers: (request) => ({ seen: JSON.stringify(request) }) });
  const given = [
    { ...SUBSCRIPTION },
    { ...SUBSCRIPTION, extensions: null },
    { ...SUBSCRIPTION, extensions: { persistedQuery: { version: 1 } } },
    { ...SUBSCRIPTION, extensions: { lifeline: { maxSegmentBytes: 300, more: true } } },
  ];
  const before = structuredClone(given);
  for (const request of given) subscribe(client, request);
  const sent = await Promise.all(given.map((_, n) => server.exchange(n)));
  assert.deepEqual(given, before);
  const lifeline = { maxSegmentBytes: 64_000 };
  assert.deepEqual(sent.map(({ json }) => json.extensions), [
    { lifeline },
    { lifeline },
    { persistedQuery: { version: 1 }, lifeline },
    { lifeline: { maxSegmentBytes: 300, more: true } },
  ]);
  // its functions get what it gave
  assert.deepEqual(JSON.parse(sent[2].headers.seen), before[2]);
});

test('not asked for: by default, and by execute', async (t) => {
  const server = await serve(t, (exchange) => exchange.json200(SMALL));
  await connect(t, server.url, { payload: PAYLOAD }).execute({ query: '{ n }' });
  assert.equal((await server.exchange(0)).json.extensions, undefined);
  subscribe(connect(t, server.url));
  assert.equal((await server.exchange(1)).json.extensions, undefined);
});

test('one that is wrong is a gap, and the stream goes on', async (t) => {
  const server = await serve(t, (exchange) => {
    exchange.stream();
    const slices = split(0, LARGE, 1_000);
    for (const [at, slice] of slices.entries()) exchange.write(event(at === 3 ? { ...slice, s: slice.s.toUpperCase() } : slice));
    exchange.write('event: segment\ndata: {}\n\n').next(SMALL);
    exchange.complete();
  });
  const sink = subscribe(connect(t, server.url));
  await sink.completed();
  assert.deepEqual(sink.results, [SMALL]);
  assert.deepEqual(sink.gaps, ['segment', 'malformed']);
});

test('the dialect plain, eight megabytes, cut anywhere', async (t) => {
  const huge = { data: { text: 'é'.repeat(4 << 20) } };
  const server = await serve(t, async (exchange) => {
    exchange.stream();
    const bytes = Buffer.from(split(0, huge, 16_384).map(event).join(''));
    // an odd size, so that characters are cut as well
    for (let at = 0; at < bytes.length; at += 65_521) exchange.write(bytes.subarray(at, at + 65_521));
  });
  const sink = subscribe(connect(t, server.url, { dialect: 'plain' }));
  await sink.count(1);
  assert.equal(sink.results[0].data.text, huge.data.text);
});

test('a reserved stream: each operation gets its own', async (t) => {
  let reserved;
  const url = await listen(t, async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method === 'PUT') return response.writeHead(201).end('token');
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
      reserved = response;
      return undefined;
    }
    response.writeHead(202).end();
    if (request.method !== 'POST') return undefined;
    const body = JSON.parse(Buffer.concat(chunks));
    const { operationId } = body.extensions;
    assert.equal(body.extensions.own, true);
    await send(reserved, asked(body), operationId);
    return reserved.write(`event: complete\ndata: {"id":"${operationId}"}\n\n`);
  });
  const client = connect(t, url, { singleConnection: true, payload: PAYLOAD });
  const request = { ...SUBSCRIPTION, extensions: { own: true } };
  const sinks = [1, 2, 3].map(() => subscribe(client, request));
  for (const sink of sinks) {
    await sink.completed();
    assert.deepEqual(sink.results, [SMALL, LARGE]);
    assert.deepEqual(sink.gaps, []);
  }
});

/** A socket whose greeting is answered with this payload. */
async function overSocket(t, payload) {
  const server = await serveSockets(t, async (peer) => {
    await peer.message('connection_init');
    peer.send({ type: 'connection_ack', payload });
    const { id, payload: request } = await peer.message('subscribe');
    for (const part of split(0, LARGE, asked(request))) peer.send({ id, type: 'segment', payload: part });
    peer.send({ id, type: 'next', payload: SMALL }).send({ id, type: 'complete' });
  });
  const client = connect(t, server.url, { websocket: { url: server.url }, transports: ['websocket'], payload: PAYLOAD, ...UNHINDERED });
  const sink = subscribe(client);
  await sink.completed();
  return { sink, ignored: client.snapshot().counters.ignored };
}

test('a socket whose server says that it knows them', async (t) => {
  const { sink, ignored } = await overSocket(t, { lifeline: { segments: true } });
  assert.deepEqual(sink.results, [LARGE, SMALL]);
  assert.deepEqual([sink.gaps, ignored], [[], 0]);
});

test('any other socket: messages that nobody knows', async (t) => {
  for (const payload of [undefined, {}, { lifeline: { segments: false } }]) {
    const { sink, ignored } = await overSocket(t, payload);
    assert.deepEqual(sink.results, [SMALL]);
    assert.ok(ignored > 1);
  }
});

test('over EventSource', async (t) => {
  const before = globalThis.EventSource;
  t.after(() => (globalThis.EventSource = before));
  /** Decodes nothing: its events come as a browser would hand them over. */
  globalThis.EventSource = class extends EventTarget {
    constructor(url) {
      super();
      const request = { extensions: JSON.parse(new URL(url).searchParams.get('extensions')) };
      queueMicrotask(() => {
        this.dispatchEvent(new Event('open'));
        for (const { s, ...head } of split(0, LARGE, asked(request))) {
          this.dispatchEvent(new MessageEvent('segment', { data: `${JSON.stringify(head)}\n${s}` }));
        }
        this.dispatchEvent(new MessageEvent('complete', { data: '' }));
      });
    }

    close() {}
  };
  const client = connect(t, 'http://localhost/graphql', { method: 'GET', transports: ['eventsource'], payload: PAYLOAD });
  const sink = subscribe(client);
  await sink.completed();
  assert.deepEqual(sink.results, [LARGE]);
});

test('payload.maxSegmentBytes: a whole number of bytes within limits', (t) => {
  for (const maxSegmentBytes of [undefined, 256, 64_000]) connect(t, 'http://localhost', { payload: { maxSegmentBytes } });
  for (const maxSegmentBytes of [0, 255, 256.5, 64_001, Infinity, NaN, '256', null]) {
    assert.throws(() => connect(t, 'http://localhost', { payload: { maxSegmentBytes } }), failure('option', /payload\.maxSegmentBytes: must be a whole number/));
  }
  assert.throws(() => connect(t, 'http://localhost', { payload: { bytes: 1 } }), failure('option', /payload\.bytes/));
});
