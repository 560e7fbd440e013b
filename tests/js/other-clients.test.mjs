/**
 * What graphql-sse 2.6.1 was measured to do against servers that misbehave, where no other file has it:
 * refusals, portals, 204, unknown events, flapping and Retry-After are in failures and deviations, headers that never
 * come in options, leaks in leaks, and what comes after dispose in compat.
 */

import assert from 'node:assert/strict';
import { event, serve } from './support/http.mjs';
import { Log, Recorder } from './support/notices.mjs';
import { connect, failure, result, SUBSCRIPTION, UNHINDERED } from './support/ours.mjs';
import { test } from './support/test.mjs';

/** It delivered the same event 114 times in 0.7 s, though `retryAttempts` was 3. */
test('a server that sends the same again and ends: it is delivered once, and retryAttempts ends it', async (t) => {
  const server = await serve(t, (exchange) => exchange.stream().next(result(1)).end());
  const sink = new Recorder();
  connect(t, server.url, { ...UNHINDERED, retryAttempts: 3, continuity: { key: 'n' } }).subscribe(SUBSCRIPTION, sink);
  failure('retries-exhausted')(await sink.failed());
  assert.deepEqual([sink.results, server.exchanges.length], [[result(1)], 4]);
});

/** It sent none, though the server numbered its events. */
test('the last id is sent on reconnects, to servers that want it', async (t) => {
  for (const [lastEventId, expected] of [[true, '7'], [undefined, undefined]]) {
    const server = await serve(t, (exchange, n) => {
      exchange.stream();
      if (n === 0) exchange.write(`id: 7\n${event('next', JSON.stringify(result(1)))}`).cut();
      else exchange.complete();
    });
    const sink = new Recorder();
    connect(t, server.url, { lastEventId }).subscribe(SUBSCRIPTION, sink);
    await sink.completed();
    assert.deepEqual(server.exchanges.map(({ headers }) => headers['last-event-id']), [undefined, expected]);
  }
});

/** It has no timer at all: nothing ever happened. */
test('headers, a comment, and then silence: the connection is replaced when silence is forbidden', async (t) => {
  const server = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n > 0) exchange.next(result(1)).complete();
  });
  const sink = new Recorder();
  const stalls = new Log();
  const retries = new Log();
  const client = connect(t, server.url, { stall: { silenceMs: 150 } });
  client.on('stall', ({ judgement }) => stalls.add(judgement));
  client.on('retry', ({ error }) => retries.add(error.code));
  client.subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual([stalls.items, retries.items, sink.results], [['suspect', 'stalled'], ['timeout'], [result(1)]]);
  await server.exchanges[0].gone();
});

/** Heartbeats told it nothing, and a client that looks at them is deceived by those of what stands in between. */
test('heartbeats go on and results do not: the probe replaces the connection', async (t) => {
  const server = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n > 0) return void exchange.next(result(1)).complete();
    const beat = setInterval(() => exchange.write(':\n\n'), 20);
    exchange.gone().then(() => clearInterval(beat));
  });
  const sink = new Recorder();
  const probes = new Log();
  const probe = ({ request, signal }) => {
    probes.add([request, signal.aborted]);
    return probes.items.length < 2;
  };
  connect(t, server.url, { stall: { silenceMs: 150, probe } }).subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual([probes.items, sink.results], [[[SUBSCRIPTION, false], [SUBSCRIPTION, false]], [result(1)]]);
});
