/** Test environments that make up a page have no MessageChannel: a timer brings the next turn. */

import assert from 'node:assert/strict';
import { open } from './support/event-source.mjs';
import { event, serve } from './support/http.mjs';
import { Recorder } from './support/notices.mjs';
import { connect, result, SUBSCRIPTION } from './support/ours.mjs';
import { test } from './support/test.mjs';

globalThis.MessageChannel = undefined;

test('events that an EventSource hands over in one turn', async (t) => {
  const { sink, source } = await open(t);
  for (const n of [1, 2, 3]) source.say('next', result(n));
  source.say('complete', '');
  await sink.completed();
  assert.deepEqual(sink.results, [1, 2, 3].map(result));
  const other = await open(t);
  for (const n of [1, 2, 3]) other.source.say('next', result(n));
  await other.sink.count(3);
  assert.deepEqual(other.sink.results, [1, 2, 3].map(result));
});

test('a stream that takes more than one turn', async (t) => {
  const results = Array.from({ length: 20_000 }, (_, n) => event('next', JSON.stringify({ data: { n, text: 'x'.repeat(200) } })));
  const { url } = await serve(t, (exchange) => exchange.stream().write(results.join('')).complete());
  const sink = new Recorder();
  connect(t, url).subscribe(SUBSCRIPTION, sink);
  await sink.completed();
  assert.deepEqual(sink.results.map(({ data }) => data.n), results.map((_, n) => n));
});
