import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Chat } = await load('chat.ts');
const { Check } = await load('check.ts');
const { behind, newest } = await load('history.ts');
const { Ranges } = await load('ranges.ts');
const { parseMessage } = await load('message.ts');

const message = (id, life = 1) => ({ id, author: 'Ada', text: `text ${id}`, sentAt: `200${life}-01-01T00:00:${id}` });
const messages = (from, to, life) => Array.from({ length: to - from + 1 }, (_, i) => message(from + i, life));
const ids = (chat) => chat.messages.map(({ id }) => id);
const all = (ranges) => [...ranges].flatMap(({ from, to }) => messages(from, to).map(({ id }) => id));

/** A server's history of these messages. */
function historyOf(list, asked = []) {
  return async (page) => {
    asked.push(page);
    return page.after === undefined ? list.slice(-page.last) : list.filter(({ id }) => id > page.after).slice(0, page.last);
  };
}

/** A chat that began with these. */
function begun(...list) {
  const chat = new Chat();
  chat.begin(list);
  return chat;
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
  const chat = begun();
  chat.add(message(2), 'stream');
  chat.add(message(2), 'answer');
  chat.add(message(1), 'history');
  chat.add(message(2), 'history');
  assert.deepEqual(ids(chat), [1, 2]);
  assert.deepEqual(chat.counters, { sent: 0, received: 2, duplicated: 0, lost: 0 });
});

test('only what the subscription delivers a second time is a duplicate', () => {
  const chat = begun(message(1));
  chat.add(message(1), 'stream');
  assert.equal(chat.counters.duplicated, 0);
  chat.add(message(1), 'stream');
  assert.equal(chat.counters.duplicated, 1);
});

test('an answer shows the message, but it counts as received only when it comes by the subscription or history', () => {
  const chat = begun();
  chat.countSent();
  chat.add(message(1), 'answer');
  assert.deepEqual(ids(chat), [1]);
  assert.deepEqual(chat.counters, { sent: 1, received: 0, duplicated: 0, lost: 0 });
  chat.add(message(1), 'stream');
  assert.equal(chat.counters.received, 1);
});

test('what is whole ends at the first hole', () => {
  assert.equal(new Chat().whole, undefined);
  assert.equal(begun().whole, 0);
  const chat = begun(...messages(71, 75));
  assert.equal(chat.whole, 75);
  chat.add(message(77), 'stream');
  assert.equal(chat.whole, 75);
  chat.add(message(76), 'stream');
  assert.equal(chat.whole, 77);
});

test('missing is what the server has given an id and was not shown, from the first one shown on', () => {
  const chat = begun(...messages(71, 75));
  assert.deepEqual(all(chat.missing()), []);
  chat.add(message(78), 'stream');
  chat.reaches(80);
  assert.deepEqual(all(chat.missing()), [76, 77, 79, 80]);
  chat.add(message(76), 'history');
  assert.deepEqual(all(chat.missing()), [77, 79, 80]);
});

test('in a chat that was empty, the first message can be missing', () => {
  const chat = begun();
  chat.reaches(2);
  assert.deepEqual(all(chat.missing()), [1, 2]);
});

test('what stays missing is lost, until it comes after all', () => {
  const chat = begun();
  chat.reaches(3);
  const missing = chat.missing();
  chat.add(message(2), 'stream');
  chat.settle(missing);
  assert.equal(chat.counters.lost, 2);
  chat.add(message(1), 'stream');
  assert.equal(chat.counters.lost, 1);
});

test('another message under a known id is not added: it shows another life of the server', () => {
  const chat = begun(...messages(1, 3));
  assert.deepEqual(chat.add(message(2, 2), 'stream'), { restarted: true });
  assert.deepEqual(ids(chat), [1, 2, 3]);
  assert.ok(chat.contradicts({ id: 1, sentAt: 'later' }));
  assert.ok(!chat.contradicts({ id: 9, sentAt: 'later' }));
});

test('after a restart the list begins anew, and the counters go on', () => {
  const chat = begun(...messages(1, 3));
  chat.countSent();
  chat.restart();
  assert.equal(chat.whole, undefined);
  chat.begin(messages(1, 2, 2));
  assert.deepEqual(ids(chat), [1, 2]);
  assert.deepEqual(chat.counters, { sent: 1, received: 5, duplicated: 0, lost: 0 });
});

test('texts are kept for the last thousand; counters go on', () => {
  const chat = begun(...messages(1, 1500));
  assert.equal(chat.messages.length, 1000);
  assert.equal(chat.messages[0].id, 501);
  chat.add(message(1), 'stream');
  chat.add(message(1), 'stream');
  assert.deepEqual(chat.counters, { sent: 0, received: 1500, duplicated: 1, lost: 0 });
});

test('the newest of history are one page', async () => {
  const asked = [];
  const page = await newest(historyOf(messages(1, 200), asked));
  assert.deepEqual([page.length, page[0].id, asked.length], [50, 151, 1]);
});

test('what is behind a message comes page by page, without the message itself', async () => {
  const asked = [];
  const found = await behind(historyOf(messages(1, 450), asked), 10, () => false);
  assert.deepEqual([found.length, found[0].id, found.at(-1).id], [440, 11, 450]);
  assert.deepEqual(asked.map(({ after }) => after), [9, 209, 409]);
  assert.deepEqual(await behind(historyOf(messages(1, 3)), 0, () => false), messages(1, 3));
  assert.deepEqual(await behind(historyOf([]), 0, () => false), []);
});

test('a message that the server has no more, and newer ones that it has, is no restart', async () => {
  assert.deepEqual(await behind(historyOf(messages(81, 90)), 5, () => false), messages(81, 90));
});

test('a history that ends before the message, or has another one in its place, is of another life', async () => {
  const chat = begun(...messages(1, 5));
  const isOther = (trace) => chat.contradicts(trace);
  await assert.rejects(behind(historyOf(messages(1, 3, 2)), 5, isOther), /restarted/);
  await assert.rejects(behind(historyOf(messages(1, 9, 2)), 5, isOther), /restarted/);
  await assert.rejects(behind(historyOf([]), 5, isOther), /restarted/);
});

/** A check on a server at this position. */
function checkOf(t, chat, position) {
  const told = { changed: 0, restarted: 0 };
  const check = new Check(async () => position, chat, { changed: () => (told.changed += 1), restarted: () => (told.restarted += 1) });
  t.after(() => check.stop());
  return { check, told };
}

test('the check says what is missing at once, and calls it lost after a while', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const chat = begun(...messages(1, 3));
  const { check, told } = checkOf(t, chat, { latest: 5, there: message(3) });
  assert.deepEqual(all(await check.run()), [4, 5]);
  assert.equal(chat.counters.lost, 0);
  chat.add(message(4), 'stream');
  t.mock.timers.tick(12_000);
  assert.equal(chat.counters.lost, 1);
  assert.ok(told.changed > 0);
});

test('the check finds a restart, by a missing message or by another one', async (t) => {
  const chat = begun(...messages(1, 3));
  for (const there of [undefined, message(3, 2)]) {
    const { check, told } = checkOf(t, chat, { latest: 9, there });
    await assert.rejects(check.run(), /restarted/);
    assert.equal(told.restarted, 1);
    assert.equal(chat.missing().size, 0);
  }
});

test('a check that was stopped tells nothing more', async (t) => {
  const chat = begun(...messages(1, 3));
  const { check } = checkOf(t, chat, { latest: 9, there: message(3) });
  const running = check.run();
  check.stop();
  await assert.rejects(running, /replaced/);
  assert.equal(chat.missing().size, 0);
});

test('a message is read with its id as a number or as text, and nothing else is taken for one', () => {
  assert.equal(parseMessage({ id: '12', author: 'a', text: 't', sentAt: 's' }).id, 12);
  assert.equal(parseMessage({ id: 12, author: 'a', text: 't', sentAt: 5 }).sentAt, 5);
  for (const bad of [null, 'x', {}, { id: 'x', author: 'a', text: 't' }, { id: 1.5, author: 'a', text: 't' }, { id: 1, text: 't' }])
    assert.equal(parseMessage(bad), undefined);
});
