import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Chat } = await load('chat.ts');
const { closeHoles, keepWhole } = await load('history.ts');
const { Ranges } = await load('ranges.ts');
const { parseMessage } = await load('message.ts');

const message = (id, text = `text ${id}`) => ({ id, author: 'Ada', text, sentAt: `2026-01-01T00:00:${id}` });
const messages = (from, to, text) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i, text));
const ids = (chat) => chat.messages.map(({ id }) => id);

/** A server's history of these messages. */
function historyOf(list, asked = []) {
  return async ({ last, before = Infinity }) => {
    asked.push(before);
    return list.filter(({ id }) => id < before).slice(-last);
  };
}

test('ranges agree with a set of numbers', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const ranges = new Ranges();
  const set = new Set();
  for (let step = 0; step < 3000; step += 1) {
    const id = random(60);
    if (random(2)) {
      ranges.delete(id);
      set.delete(id);
    } else {
      const to = id + random(4);
      ranges.add(id, to);
      for (let i = id; i <= to; i += 1) set.add(i);
    }
    assert.equal(ranges.size, set.size);
    for (let i = -1; i < 66; i += 1) assert.equal(ranges.has(i), set.has(i), `${i}`);
    const missing = set.size ? Math.max(...set) - Math.min(...set) + 1 - set.size : 0;
    assert.equal(ranges.gaps().size, missing);
  }
});

test('a message from several sources appears once, in the order of ids', () => {
  const chat = new Chat();
  chat.add(message(2), 'live');
  chat.add(message(2), 'answer');
  chat.add(message(1), 'history');
  chat.add(message(2), 'history');
  assert.deepEqual(ids(chat), [1, 2]);
  assert.deepEqual(chat.counters, { received: 2, duplicated: 0, lost: 0 });
});

test('only a second live delivery is a duplicate', () => {
  const chat = new Chat();
  chat.add(message(1), 'history');
  chat.add(message(1), 'live');
  assert.equal(chat.counters.duplicated, 0);
  chat.add(message(1), 'live');
  assert.equal(chat.counters.duplicated, 1);
});

test('an answer shows the message, but it counts as received only when the stream or history brings it', () => {
  const chat = new Chat();
  chat.add(message(1), 'answer');
  assert.deepEqual(ids(chat), [1]);
  assert.equal(chat.counters.received, 0);
  chat.add(message(1), 'live');
  assert.equal(chat.counters.received, 1);
});

test('a hole is lost only after history was asked, and found again when it comes', () => {
  const chat = new Chat();
  chat.add(message(1), 'live');
  chat.add(message(4), 'live');
  assert.equal(chat.counters.lost, 0);
  assert.ok(chat.hasOpenHoles());
  chat.settle();
  assert.equal(chat.counters.lost, 2);
  assert.ok(!chat.hasOpenHoles());
  chat.add(message(2), 'history');
  assert.equal(chat.counters.lost, 1);
});

test('history pages back until the hole is closed', async () => {
  const chat = new Chat();
  for (const m of messages(1, 10)) chat.add(m, 'live');
  const asked = [];
  const outcome = await closeHoles(historyOf(messages(1, 200), asked), chat);
  assert.deepEqual(ids(chat), messages(1, 200).map(({ id }) => id));
  assert.deepEqual(asked, [Infinity, 151, 101, 51]);
  assert.equal(outcome.restarted, false);
  assert.equal(chat.counters.lost, 0);
});

test('at the start one page is enough', async () => {
  const chat = new Chat();
  const asked = [];
  await closeHoles(historyOf(messages(1, 200), asked), chat);
  assert.deepEqual(asked, [Infinity]);
  assert.equal(chat.messages[0].id, 151);
  assert.equal(chat.counters.lost, 0);
});

test('a history that is shorter than the hole leaves losses, and paging ends', async () => {
  const chat = new Chat();
  chat.add(message(1), 'live');
  const asked = [];
  await closeHoles(historyOf(messages(81, 200), asked), chat);
  assert.equal(chat.counters.lost, 79);
  assert.deepEqual(asked, [Infinity, 151, 101, 81]);
});

test('several holes, some unfillable, are each tried once', async () => {
  const chat = new Chat();
  for (const id of [1, 3, 5, 7]) chat.add(message(id), 'live');
  const asked = [];
  await closeHoles(historyOf([1, 3, 4, 5, 7].map((id) => message(id)), asked), chat);
  assert.deepEqual(ids(chat), [1, 3, 4, 5, 7]);
  assert.equal(chat.counters.lost, 2);
  assert.ok(asked.length <= 3, `${asked}`);
});

test('a hole wider than all the pages ends bounded', async () => {
  const chat = new Chat();
  chat.add(message(1), 'live');
  const asked = [];
  await closeHoles(historyOf(messages(1, 5000), asked), chat);
  assert.equal(asked.length, 40);
  assert.equal(chat.counters.lost, 5000 - 1 - 40 * 50);
});

test('live results that come while history is asked for are merged, and are no sign of a restart', async () => {
  const chat = new Chat();
  for (const m of messages(1, 5)) chat.add(m, 'live');
  chat.connected();
  const ask = async () => {
    const page = messages(1, 7);
    for (const m of messages(7, 9)) chat.add(m, 'live');
    return page;
  };
  const outcome = await closeHoles(ask, chat);
  assert.equal(outcome.restarted, false);
  assert.deepEqual(ids(chat), messages(1, 9).map(({ id }) => id));
  assert.deepEqual(chat.counters, { received: 9, duplicated: 0, lost: 0 });
});

test('a restarted server begins a fresh list and keeps what came live since the reconnect', async () => {
  const chat = new Chat();
  for (const m of messages(51, 60)) chat.add(m, 'live');
  chat.connected();
  const ask = async () => {
    const page = messages(1, 2, 'new life');
    chat.add(message(3, 'new life'), 'live');
    return page;
  };
  const outcome = await closeHoles(ask, chat);
  assert.equal(outcome.restarted, true);
  assert.deepEqual(ids(chat), [1, 2, 3]);
  assert.deepEqual(chat.counters, { received: 13, duplicated: 0, lost: 0 });
});

test('a restarted server that has already counted past the last known id is found out by contents', async () => {
  const chat = new Chat();
  for (const m of messages(3, 5)) chat.add(m, 'live');
  chat.connected();
  assert.equal((await closeHoles(historyOf(messages(1, 9, 'new life')), chat)).restarted, true);
  assert.deepEqual(chat.messages.map(({ id, text }) => `${id} ${text}`), messages(1, 9).map(({ id }) => `${id} new life`));
});

test('an empty history after a restart empties the list', async () => {
  const chat = new Chat();
  chat.add(message(3), 'live');
  chat.connected();
  assert.equal((await closeHoles(async () => [], chat)).restarted, true);
  assert.deepEqual(ids(chat), []);
});

test('a known id with another content shows a restart at once, and is no duplicate', () => {
  const chat = new Chat();
  for (const m of messages(1, 5)) chat.add(m, 'live');
  chat.connected();
  assert.equal(chat.add(message(1, 'another'), 'live').restarted, true);
  assert.deepEqual(chat.messages.map(({ text }) => text), ['another']);
  assert.deepEqual(chat.counters, { received: 6, duplicated: 0, lost: 0 });
});

test('texts are kept for the last thousand; counters go on', () => {
  const chat = new Chat();
  for (const m of messages(1, 1500)) chat.add(m, 'live');
  assert.equal(chat.messages.length, 1000);
  assert.equal(chat.messages[0].id, 501);
  chat.add(message(1), 'live');
  assert.deepEqual(chat.counters, { received: 1500, duplicated: 1, lost: 0 });
});

test('the keeper runs one load at a time, and once more when asked meanwhile', async () => {
  const chat = new Chat();
  const answers = [];
  let done = 0;
  const keeper = keepWhole(() => new Promise((resolve) => answers.push(resolve)), chat, { done: () => (done += 1), failed: assert.fail });
  keeper.request();
  keeper.request();
  keeper.request();
  assert.equal(answers.length, 1);
  answers[0](messages(1, 2));
  await new Promise(setImmediate);
  assert.equal(answers.length, 2);
  answers[1](messages(1, 3));
  await new Promise(setImmediate);
  assert.equal(done, 2);
  assert.deepEqual(ids(chat), [1, 2, 3]);
});

test('the keeper tries again after a failure, a few times', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const delays = [];
  let asked = 0;
  const ask = async () => {
    asked += 1;
    throw new Error('away');
  };
  const keeper = keepWhole(ask, new Chat(), { done: assert.fail, failed: (_error, delay) => delays.push(delay) });
  keeper.request();
  for (let i = 0; i < 8; i += 1) {
    await new Promise(setImmediate);
    t.mock.timers.tick(10_000);
  }
  assert.equal(asked, 4);
  assert.deepEqual(delays, [1000, 3000, 10_000, undefined]);
});

test('a message is read with its id as a number or as text, and nothing else is taken for one', () => {
  assert.equal(parseMessage({ id: '12', author: 'a', text: 't', sentAt: 's' }).id, 12);
  assert.equal(parseMessage({ id: 12, author: 'a', text: 't', sentAt: 5 }).sentAt, 5);
  for (const bad of [null, 'x', {}, { id: 'x', author: 'a', text: 't' }, { id: 1.5, author: 'a', text: 't' }, { id: 1, text: 't' }])
    assert.equal(parseMessage(bad), undefined);
});
