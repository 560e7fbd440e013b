import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Timeline } = await load('timeline.ts');

test('figures count what is in the window, and what leaves it is dropped', () => {
  const timeline = new Timeline();
  timeline.arrive(0, 100);
  timeline.arrive(30_000, 5000);
  timeline.mark(1000, 'cut');
  timeline.mark(40_000, 'reconnect');
  timeline.prune(59_000);
  assert.deepEqual(timeline.figures, { messages: 2, largest: 5000, cuts: 1, reconnects: 1 });
  timeline.prune(70_000);
  assert.deepEqual(timeline.figures, { messages: 1, largest: 5000, cuts: 0, reconnects: 1 });
  timeline.prune(200_000);
  assert.ok(timeline.isEmpty);
});

test('arrivals are counted by second, the newest last', () => {
  const timeline = new Timeline();
  for (const at of [60_000, 60_100, 58_500]) timeline.arrive(at, 1);
  const counts = timeline.perSecond(60_500);
  assert.equal(counts.length, 60);
  assert.deepEqual(counts.slice(-3), [1, 0, 2]);
});

test('a flood stays bounded', () => {
  const timeline = new Timeline();
  for (let i = 0; i < 50_000; i += 1) timeline.arrive(i / 1000, 1);
  assert.ok(timeline.arrivals.length <= 6000);
});
