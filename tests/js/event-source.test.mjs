/** What an EventSource hands over, event by event. Several in one turn of the page go the rest of the way together. */

import assert from 'node:assert/strict';
import { open } from './support/event-source.mjs';
import { result } from './support/ours.mjs';
import { test } from './support/test.mjs';

/** What waits has been told by then: its turn was asked for before this one. */
const turn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.once('message', () => {
      port1.close();
      setImmediate(resolve);
    });
    port2.postMessage(0);
  });

test('events of one turn: the first at once, the others before the turn after', async (t) => {
  const { sink, source } = await open(t);
  for (const n of [1, 2, 3]) source.say('next', result(n));
  assert.deepEqual(sink.results, [result(1)]);
  await sink.count(3);
  assert.deepEqual(sink.results, [1, 2, 3].map(result));
  await turn();
  source.say('next', result(4));
  assert.deepEqual(sink.results, [1, 2, 3, 4].map(result));
});

test('what follows does not overtake them: completion', async (t) => {
  const { sink, source } = await open(t);
  for (const n of [1, 2, 3]) source.say('next', result(n));
  source.say('complete', '');
  await sink.completed();
  assert.deepEqual(sink.results, [1, 2, 3].map(result));
});

test('what follows does not overtake them: the end of the connection', async (t) => {
  const { sink, source, client } = await open(t);
  for (const n of [1, 2, 3]) source.say('next', result(n));
  source.dispatchEvent(new Event('error'));
  assert.deepEqual(sink.results, [1, 2, 3].map(result));
  assert.ok(source.isClosed);
  assert.notEqual(client.snapshot().state, 'live');
});

test('each once, by its key, and in order; a broken one costs only itself', async (t) => {
  const { sink, source, client } = await open(t, { continuity: { key: 'n' } });
  const gaps = [];
  client.on('gap', ({ reason }) => gaps.push(reason));
  for (const n of [1, 2, 1, 3]) source.say('next', result(n));
  await sink.count(3);
  for (const data of [result(4), '{"data":', result(3), result(5)]) source.say('next', data);
  await sink.count(5);
  assert.deepEqual(sink.results, [1, 2, 3, 4, 5].map(result));
  assert.deepEqual(gaps, ['malformed']);
});

test('behind the end of the operation nothing comes', async (t) => {
  const { sink, source, dispose } = await open(t);
  for (const n of [1, 2, 3]) source.say('next', result(n));
  dispose();
  await sink.completed();
  await turn();
  assert.deepEqual(sink.results, [result(1)]);
});

test('more text than one turn should hold is told before', async (t) => {
  const { sink, source } = await open(t);
  const large = { data: { text: 'x'.repeat(100_000) } };
  for (let n = 0; n < 10; n++) source.say('next', large);
  assert.ok(sink.results.length >= 4);
  await sink.count(10);
  assert.deepEqual(sink.results, Array(10).fill(large));
});
