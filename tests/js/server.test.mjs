/** graphql-lifeline/server around real handlers, over real sockets. */

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { createClient as createTheirs } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/fetch';
import { createYoga } from 'graphql-yoga';
import { startServer } from '../../scripts/lib/server.mjs';
import { withLifeline } from '../../dist/server.js';
import { serveFetch } from './support/fetch-server.mjs';
import { listen } from './support/http.mjs';
import { Notices, Recorder } from './support/notices.mjs';
import { makeSchema } from './support/schema.mjs';
import { Assembly, eventsOf, whole } from './support/segments.mjs';
import { test } from './support/test.mjs';

// It comes with graphql-yoga.
const { createServerAdapter } = createRequire(createRequire(import.meta.url).resolve('graphql-yoga'))('@whatwg-node/server');

const FEED = 'subscription { feed }';
const LARGE = ['😀漢 "\\\n'.repeat(9_000), 'small', 'x'.repeat(200_000)];
const QUIET = { heartbeatMs: false };

function yogaOf(schema) {
  const yoga = createYoga({ schema, logging: false, graphqlEndpoint: '/graphql' });
  return (request) => yoga.fetch(request);
}

const servers = {
  'graphql-yoga': (t, schema, options) => serveFetch(t, withLifeline(yogaOf(schema), options)),
  'graphql-sse': (t, schema, options) => serveFetch(t, withLifeline(createHandler({ schema }), options)),
  'graphql-yoga behind whatwg-node': (t, schema, options) => listen(t, createServerAdapter(withLifeline(yogaOf(schema), options))),
};

/** A stream that is read as it comes; `events` are whole, segments put together. */
class Reading extends Notices {
  text = '';
  done = false;
  leaves = new AbortController();

  static async of(url, { method = 'POST', asks, query = FEED, headers = {}, search = {} } = {}) {
    const reading = new Reading();
    const extensions = asks === undefined ? undefined : { lifeline: { maxSegmentBytes: asks } };
    const body = JSON.stringify({ query, extensions });
    const parameters = new URLSearchParams({ ...search, ...(query && { query }), ...(extensions && { extensions: JSON.stringify(extensions) }) });
    reading.response = await fetch(method === 'GET' ? `${url}?${parameters}` : url, {
      method,
      headers: { accept: 'text/event-stream', ...(method === 'POST' && { 'content-type': 'application/json' }), ...headers },
      ...(method === 'POST' && { body }),
      signal: reading.leaves.signal,
    });
    reading.#read().catch(() => {});
    return reading;
  }

  async #read() {
    const decoder = new TextDecoder();
    for await (const piece of this.response.body) {
      this.text += decoder.decode(piece, { stream: true });
      this.changed();
    }
    this.done = true;
    this.changed();
  }

  get events() {
    return whole(this.text).events.filter(({ name }) => name !== 'complete');
  }

  /** The slices so far. */
  get slices() {
    const { assembly } = whole(this.text);
    return assembly.slices;
  }

  /** Resolves with the data of so many events. */
  async count(events) {
    await this.until(() => this.text.endsWith('\n\n') && this.events.length >= events);
    return this.events.map(({ data }) => JSON.parse(data[0]));
  }
}

for (const [name, serve] of Object.entries(servers)) {
  for (const method of ['POST', 'GET']) {
    test(`${name}, ${method}: large results arrive in segments for who asks, whole for who does not`, async (t) => {
      const { schema, feeds } = makeSchema();
      const url = await serve(t, schema, QUIET);
      const asking = await Reading.of(url, { method, asks: 4_096 });
      const other = await Reading.of(url, { method });
      assert.equal(asking.response.status, 200);
      for (const n of [0, 1]) {
        const feed = await feeds.opened(n);
        feed.push(...LARGE);
        feed.end();
      }
      for (const reading of [asking, other]) {
        await reading.until(({ done }) => done);
        assert.deepEqual(reading.events.map(({ data }) => JSON.parse(data[0]).data.feed), LARGE);
        assert.match(reading.text, /event: complete\n/);
      }
      assert.ok(asking.slices.length > 60 && asking.slices.every(({ bytes }) => bytes <= 4_096));
      assert.equal(other.text.includes('segment'), false);
    });
  }

  test(`${name}: a client that leaves ends the subscription`, async (t) => {
    const { schema, feeds } = makeSchema();
    const reading = await Reading.of(await serve(t, schema, { heartbeatMs: 5 }), { asks: 4_096 });
    const feed = await feeds.opened(0);
    feed.push(LARGE[0]);
    await reading.count(1);
    reading.leaves.abort();
    await feed.until(({ returned }) => returned);
  });

  test(`${name}: heartbeats while nothing happens`, async (t) => {
    const { schema } = makeSchema();
    const reading = await Reading.of(await serve(t, schema, { heartbeatMs: 5 }));
    await reading.until(({ text }) => text.split(':\n\n').length > 6);
    assert.equal(reading.response.headers.get('x-accel-buffering'), 'no');
    reading.leaves.abort();
  });

  test(`${name}: answers that are no event stream stay as they are`, async (t) => {
    const { schema } = makeSchema();
    const url = await serve(t, schema, QUIET);
    const post = (body, accept = 'application/json') => fetch(url, { method: 'POST', headers: { accept, 'content-type': 'application/json' }, body });
    const hello = await post(JSON.stringify({ query: '{ hello }', extensions: { lifeline: { maxSegmentBytes: 256 } } }), name === 'graphql-sse' ? 'text/event-stream' : undefined);
    assert.match(await hello.text(), /{"data":{"hello":"Hello you"}}/);
    for (const [body, accept] of [['{"query":', 'text/event-stream'], ['', 'text/event-stream'], [`{"query":"{ hello }","x":"${'x'.repeat(2 << 20)}"`, 'text/event-stream']]) {
      const refused = await post(body, accept);
      await refused.text();
      assert.ok(refused.status >= 400 || name !== 'graphql-sse', `${refused.status}`);
    }
  });
}

test("the server's limit and the client's: the smaller one holds, and what makes no sense asks for nothing", async (t) => {
  const { schema, feeds } = makeSchema();
  const url = await servers['graphql-yoga'](t, schema, { ...QUIET, maxSegmentBytes: 1_000 });
  for (const [n, [asks, most]] of [[300, 300], [5_000, 1_000], [255, 0], [300.5, 0], ['300', 0], [null, 0], [1e300, 0]].entries()) {
    const reading = await Reading.of(url, { asks });
    (await feeds.opened(n)).push('x'.repeat(20_000));
    await reading.count(1);
    assert.equal(Math.max(0, ...reading.slices.map(({ bytes }) => bytes)), most, `asked for ${asks}`);
    reading.leaves.abort();
  }
});

test('a request whose body is large is passed on, and asks for nothing', async (t) => {
  const { schema, feeds } = makeSchema();
  const url = await servers['graphql-yoga'](t, schema, QUIET);
  const reading = await Reading.of(url, { asks: 300, query: `${FEED} #${'x'.repeat(2 << 20)}` });
  (await feeds.opened(0)).push('y'.repeat(5_000));
  assert.deepEqual(await reading.count(1), [{ data: { feed: 'y'.repeat(5_000) } }]);
  assert.deepEqual(reading.slices, []);
  reading.leaves.abort();
});

test('the handler is given the very request, its body unread, and what comes with it', async () => {
  const seen = [];
  const handle = withLifeline(async (request, context, more) => {
    seen.push(request, context, more);
    return Response.json(await request.json());
  });
  const init = { method: 'POST', headers: { accept: 'text/event-stream', 'content-type': 'application/json' }, body: '{"query":"{ a }"}' };
  const request = new Request('http://localhost/graphql', init);
  const response = await handle(request, { params: 1 }, 'more');
  assert.deepEqual(seen, [request, { params: 1 }, 'more']);
  assert.deepEqual(await response.json(), { query: '{ a }' });
  const used = new Request('http://localhost/graphql', init);
  await used.text();
  const taken = await withLifeline(() => new Response('read before'))(used);
  assert.equal(await taken.text(), 'read before');
  await assert.rejects(withLifeline(() => Promise.reject(new Error('its own')))(new Request('http://localhost/')), /its own/);
});

test("graphql-sse's single connection: each operation gets what it asked for, on the stream that they share", async (t) => {
  const { schema, feeds } = makeSchema();
  const url = await servers['graphql-sse'](t, schema, QUIET);
  const token = await (await fetch(url, { method: 'PUT' })).text();
  const headers = { 'x-graphql-event-stream-token': token };
  const reading = await Reading.of(url, { method: 'GET', query: '', headers });
  const start = async (operationId, maxSegmentBytes) => {
    const extensions = { operationId, ...(maxSegmentBytes && { lifeline: { maxSegmentBytes } }) };
    const body = JSON.stringify({ query: FEED, extensions });
    return (await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body })).status;
  };
  assert.deepEqual([await start('7-1', 1_000), await start('7-2'), await start('a "b" é', 300)], [202, 202, 202]);
  assert.equal(await start('7-1', 256), 409, 'a name that is taken');
  await feeds.opened(2);
  for (const feed of feeds.list) feed.push(LARGE[0], 'small');
  const results = await reading.count(6);
  for (const id of ['7-1', '7-2', 'a "b" é']) {
    assert.deepEqual(results.filter((it) => it.id === id).map(({ payload }) => payload.data.feed), [LARGE[0], 'small']);
  }
  const most = (id) => Math.max(0, ...reading.slices.filter((slice) => slice.id === id).map(({ bytes }) => bytes));
  assert.deepEqual([most('7-1'), most('7-2'), most('a "b" é')], [1_000, 0, 300]);
  reading.leaves.abort();
  for (const feed of feeds.list) await feed.until(({ returned }) => returned);
});

test('a token in the URL beside an operation does not make its stream a reserved one', async (t) => {
  const { schema, feeds } = makeSchema();
  const url = await servers['graphql-yoga'](t, schema, QUIET);
  const reading = await Reading.of(url, { method: 'GET', asks: 300, search: { token: 'secret' } });
  (await feeds.opened(0)).push('x'.repeat(900));
  assert.deepEqual(await reading.count(1), [{ data: { feed: 'x'.repeat(900) } }]);
  assert.ok(reading.slices.length >= 3);
  reading.leaves.abort();
});

let rust;
before(async () => (rust = await startServer({ port: 0 })));
after(() => rust?.stop());

test('the Rust server does the same', async () => {
  const url = `${rust.url}/graphql`;
  const reading = await Reading.of(url, { asks: 2_000, query: 'subscription { messages { text } }' });
  for (const text of LARGE) {
    const body = JSON.stringify({ query: 'mutation ($text: String!) { send(author: "a", text: $text) { id } }', variables: { text } });
    await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }
  assert.deepEqual((await reading.count(3)).map(({ data }) => data.messages.text), LARGE);
  assert.ok(reading.slices.length > 100 && reading.slices.every(({ bytes }) => bytes <= 2_000));
  reading.leaves.abort();
});

test("graphql-sse's own client is none the wiser", async (t) => {
  const { schema, feeds } = makeSchema();
  for (const singleConnection of [false, true]) {
    const sink = new Recorder();
    const client = createTheirs({ url: await servers['graphql-sse'](t, schema, { heartbeatMs: 5 }), singleConnection });
    client.subscribe({ query: FEED }, sink);
    const feed = await feeds.opened(+singleConnection);
    feed.push(...LARGE);
    feed.end();
    await sink.completed();
    assert.deepEqual(sink.results.map(({ data }) => data.feed), LARGE);
    client.dispose();
  }
});

test('the assembly that these tests go by notices what is lost, moved, doubled, damaged or missing', () => {
  const text = (events) => events.map(({ name, data }) => `event: ${name}\n${data.map((line) => `data: ${line}\n`).join('')}\n`).join('');
  const [first, second, third] = eventsOf('event:segment\ndata:{"r":1,"i":0,"n":3,"b":9,"c":3421780262}\ndata:123\n\nevent:segment\ndata:{"i":1,"r":1,"n":3,"b":9,"c":3421780262}\ndata:456\n\nevent:segment\ndata:{"r":1,"i":2,"n":3,"b":9,"c":3421780262}\ndata: 789\n\n');
  const damaged = { ...second, data: [second.data[0], '457'] };
  const longer = { ...second, data: [second.data[0], '4567890'] };
  const another = { ...second, data: [second.data[0].replace('"n":3', '"n":4'), '456'] };
  const outcome = (...events) => whole(text(events)).events;
  assert.deepEqual(outcome(first, second, third).map(({ data }) => data), [['123456789']]);
  for (const events of [[first, third], [first, third, second], [second, first, third], [first, second, second, third], [first, damaged, third], [first, longer, third], [first, another, third]]) {
    assert.deepEqual(outcome(...events).filter(({ data }) => data), []);
    assert.ok(outcome(...events).some(({ gap }) => gap === 'segment'));
  }
  const assembly = new Assembly();
  assembly.take(first.data);
  assembly.take(second.data);
  assert.equal(assembly.unfinished, 1);
});
