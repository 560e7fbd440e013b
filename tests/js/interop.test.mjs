/** Real servers, each over a real socket: graphql-yoga, graphql-sse's handler, and the Rust server. */

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { createClient as createTheirs } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/http';
import { createYoga } from 'graphql-yoga';
import { startServer } from '../../scripts/lib/server.mjs';
import { listen } from './support/http.mjs';
import { Log, poll, Recorder } from './support/notices.mjs';
import { connect } from './support/ours.mjs';
import { makeSchema } from './support/schema.mjs';
import { test } from './support/test.mjs';

const ODD = 'tab\t "quotes" \\ line\nbreak \r\n é € 😀 \u2028 \u0001 end';
const METHODS = ['POST', 'GET'];

const nodeServers = {
  'graphql-yoga': async (t) => {
    const { schema, feeds } = makeSchema();
    const yoga = createYoga({ schema, logging: false, graphqlEndpoint: '/graphql' });
    return { url: await listen(t, yoga), feeds, json: true };
  },
  'graphql-sse': async (t) => {
    const { schema, feeds } = makeSchema();
    return { url: await listen(t, createHandler({ schema })), feeds, json: false };
  },
};

for (const [name, start] of Object.entries(nodeServers)) {
  for (const method of METHODS) {
    test(`${name}, ${method}: a subscription with variables, and its end`, async (t) => {
      const { url } = await start(t);
      const sink = new Recorder();
      const request = { query: 'subscription Up($to: Int!) { count(to: $to) }', operationName: 'Up', variables: { to: 20 } };
      connect(t, url, { method }).subscribe(request, sink);
      await sink.completed();
      assert.deepEqual(sink.results.map(({ data }) => data.count), Array.from({ length: 20 }, (_, i) => i + 1));
    });

    test(`${name}, ${method}: text of every kind, and large`, async (t) => {
      const { url, feeds } = await start(t);
      const sink = new Recorder();
      connect(t, url, { method }).subscribe({ query: 'subscription { feed }' }, sink);
      const feed = await feeds.opened(0);
      const texts = [ODD, '', 'x'.repeat(3_000), '😀é'.repeat(300_000)];
      feed.push(...texts);
      feed.end();
      await sink.completed();
      assert.deepEqual(sink.results.map(({ data }) => data.feed), texts);
    });

    test(`${name}, ${method}: dispose ends the subscription on the server`, async (t) => {
      const { url, feeds } = await start(t);
      const sink = new Recorder();
      const dispose = connect(t, url, { method }).subscribe({ query: 'subscription { feed }' }, sink);
      const feed = await feeds.opened(0);
      feed.push('one');
      await sink.count(1);
      dispose();
      await sink.completed();
      await feed.until(() => feed.returned);
    });

    test(`${name}, ${method}: a query, with odd variables`, async (t) => {
      const { url } = await start(t);
      const sink = new Recorder();
      connect(t, url, { method }).subscribe({ query: 'query Q($name: String) { hello(name: $name) }', variables: { name: `${ODD} & = + % #` } }, sink);
      await sink.completed();
      assert.deepEqual(sink.results, [{ data: { hello: `Hello ${ODD} & = + % #` } }]);
    });

    test(`${name}, ${method}: an invalid document gives its errors once, and no retry`, async (t) => {
      const { url } = await start(t);
      const sink = new Recorder();
      const client = connect(t, url, { method });
      const retries = new Log();
      client.on('retry', retries.add);
      client.subscribe({ query: 'subscription { nothingOfTheKind }' }, sink);
      await sink.until(() => sink.completions + sink.errors.length > 0);
      const { errors } = sink.results[0] ?? sink.errors[0];
      assert.match(errors[0].message, /nothingOfTheKind/);
      assert.deepEqual(retries.items, []);
    });
  }

  test(`${name}: a mutation, by subscribe`, async (t) => {
    const { url } = await start(t);
    const sink = new Recorder();
    connect(t, url).subscribe({ query: 'mutation { add(by: 3) }' }, sink);
    await sink.completed();
    assert.deepEqual(sink.results, [{ data: { add: 3 } }]);
  });
}

test('graphql-yoga: execute', async (t) => {
  const { url } = await nodeServers['graphql-yoga'](t);
  const client = connect(t, url, { method: 'GET' });
  assert.deepEqual(await client.execute({ query: 'mutation { add(by: 3) }' }), { data: { add: 3 } });
  const { errors } = await client.execute({ query: '{ nothingOfTheKind }' });
  assert.match(errors[0].message, /nothingOfTheKind/);
});

/** The Rust server. */
let server;
before(async () => {
  server = await startServer({ args: ['--heartbeat-ms', '5'] });
});
after(() => server?.stop());

const graphql = () => `${server.url}/graphql`;
const stats = async () => (await fetch(`${server.url}/stats`)).json();
async function fault(profile) {
  const answer = await fetch(`${server.url}/faults`, { method: 'POST', body: JSON.stringify(profile), headers: { 'content-type': 'application/json' } });
  assert.equal(answer.status, 200, await answer.text());
}
const MESSAGES = { query: 'subscription { messages { id author text } }' };
const SEND = 'mutation Send($author: String!, $text: String!) { send(author: $author, text: $text) { id } }';
const texts = (sink) => sink.results.map(({ data }) => data.messages.text);

for (const dialect of ['graphql-sse', 'plain']) {
  for (const method of METHODS) {
    const options = { dialect, method };
    const url = () => (dialect === 'plain' ? `${graphql()}?dialect=plain` : graphql());

    test(`the Rust server, ${dialect}, ${method}: messages of every kind arrive`, async (t) => {
      const client = connect(t, url(), { ...options, httpUrl: graphql() });
      const sink = new Recorder();
      const connected = new Promise((resolve) => client.subscribe(MESSAGES, sink, { connected: resolve }));
      await connected;
      const sent = [ODD, 'x'.repeat(3_000), '😀é'.repeat(200_000)];
      for (const text of sent) {
        const { data } = await client.execute({ query: SEND, variables: { author: 'Ada', text } });
        assert.equal(typeof data.send.id, 'number');
      }
      await sink.count(sent.length);
      assert.deepEqual(texts(sink), sent);
    });

    test(`the Rust server, ${dialect}, ${method}: a cut in mid-event, then the stream goes on; dispose frees it`, async (t) => {
      t.after(() => fault({ profile: 'none' }));
      const client = connect(t, url(), { ...options, httpUrl: graphql() });
      const sink = new Recorder();
      const connections = new Log();
      const gaps = new Log();
      const dispose = client.subscribe(MESSAGES, sink, { connected: connections.add, gap: ({ reason }) => gaps.add(reason) });
      await connections.count(1);
      await fault({ profile: 'cut', onNext: true });
      await client.execute({ query: SEND, variables: { author: 'Ada', text: 'the one that is cut' } });
      await connections.count(2);
      await client.execute({ query: SEND, variables: { author: 'Ada', text: 'after the cut' } });
      await sink.count(1);
      assert.deepEqual([texts(sink), gaps.items, connections.items], [['after the cut'], ['reconnect'], [false, true]]);
      await fault({ profile: 'clean-end' });
      await connections.count(3);
      await fault({ profile: 'cut' });
      await connections.count(4);
      assert.equal(sink.completions, 0);
      dispose();
      await sink.completed();
      await poll(async () => (await stats()).sse.live === 0);
    });

    test(`the Rust server, ${dialect}, ${method}: 503 and a portal, then it goes on`, async (t) => {
      t.after(() => fault({ profile: 'none' }));
      for (const [profile, code] of [[{ profile: 'status', status: 503, times: 2 }, 'http'], [{ profile: 'portal', times: 2 }, 'content-type']]) {
        await fault(profile);
        const client = connect(t, url(), options);
        const retries = new Log();
        client.on('retry', ({ error }) => retries.add(error.code));
        await new Promise((resolve) => client.subscribe(MESSAGES, new Recorder(), { connected: resolve }));
        assert.deepEqual(retries.items, [code, code]);
        client.dispose();
      }
    });
  }
}

test('the Rust server: a subscription with an end completes', async (t) => {
  for (const method of METHODS) {
    const sink = new Recorder();
    connect(t, graphql(), { method }).subscribe({ query: 'subscription T($n: Int) { ticks(everyMs: 1, count: $n) { n } }', variables: { n: 30 } }, sink);
    await sink.completed();
    assert.equal(sink.results.length, 30);
  }
});

// GraphQL over HTTP: "GET requests MUST NOT be used for executing mutation operations"
for (const method of METHODS) {
  test(`the Rust server: a mutation is executed once by a client whose method is ${method}`, async (t) => {
    const sent = (await stats()).messages;
    const sink = new Recorder();
    connect(t, graphql(), { method }).subscribe({ query: SEND, variables: { author: 'Ada', text: 'hello' } }, sink);
    await sink.completed();
    assert.equal(sink.results[0].errors, undefined);
    assert.equal((await stats()).messages - sent, 1);
  });
}

test("the Rust server's reserved streams are those of graphql-sse's own client", async (t) => {
  const client = createTheirs({ url: `${graphql()}?a=1`, singleConnection: true, retryAttempts: 0 });
  t.after(() => client.dispose());
  const [first, second, latest] = [new Recorder(), new Recorder(), new Recorder()];
  client.subscribe({ query: 'subscription { ticks(everyMs: 1, count: 3) { n } }' }, first);
  client.subscribe({ query: 'subscription { ticks(everyMs: 1, count: 4) { n } }' }, second);
  client.subscribe({ query: '{ latest }' }, latest);
  await Promise.all([first.completed(), second.completed(), latest.completed()]);
  assert.deepEqual([first, second, latest].map(({ results }) => results.length), [3, 4, 1]);
});

test('the Rust server: flapping meets retryAttempts', async (t) => {
  t.after(() => fault({ profile: 'none' }));
  await fault({ profile: 'flap', events: 1 });
  const opened = (await stats()).sse.opened;
  const sink = new Recorder();
  connect(t, graphql(), { retryAttempts: 4, breaker: { openMs: 200, maxOpenMs: 400 } }).subscribe({ query: 'subscription { ticks(everyMs: 1) { n } }' }, sink);
  assert.equal((await sink.failed()).code, 'retries-exhausted');
  assert.equal((await stats()).sse.opened - opened, 5);
});
