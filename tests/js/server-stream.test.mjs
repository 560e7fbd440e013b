/** graphql-lifeline/server: what becomes of an event stream's bytes. */

import assert from 'node:assert/strict';
import { lifelineResponse, lifelineStream, withLifeline } from '../../dist/server.js';
import { Notices } from './support/notices.mjs';
import { eventsOf, whole } from './support/segments.mjs';
import { test } from './support/test.mjs';

const QUIET = { heartbeatMs: false };
/** For thousands of streams. */
const LONG_MS = 90_000;

/** The same numbers each time, from 0 to 1. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SIGNS = ['a', ' ', '"', '\\', '\n', '\r', 'é', '漢', '語', '😀', '👩‍👩‍👧', '\u2028', '}', ',', '0'];

function randomText(draw, length) {
  let text = '';
  while (text.length < length) text += SIGNS[Math.floor(draw() * SIGNS.length)];
  return text;
}

const result = (text) => JSON.stringify({ data: { messages: { text } } });
const next = (data) => `event: next\ndata: ${data}\n\n`;

/** Text as a stream, in pieces that end at these places. */
function streamOf(text, cuts = []) {
  const bytes = Buffer.from(text);
  const ends = [...cuts, bytes.length];
  return ReadableStream.from(ends.map((end, i) => new Uint8Array(bytes.subarray(ends[i - 1] ?? 0, end))).filter(({ length }) => length > 0));
}

async function textOf(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const through = (text, options, cuts) => textOf(streamOf(text, cuts).pipeThrough(lifelineStream({ ...QUIET, ...options })));

test('every slice size from 256 to 2000: whole again, in slices that are no larger and text by themselves', async () => {
  const draw = random(1);
  for (let size = 256; size <= 2_000; size++) {
    const data = result(randomText(draw, draw() * 3_000));
    const cuts = Array.from({ length: 5 }, () => Math.floor(draw() * data.length)).sort((a, b) => a - b);
    const text = await through(next(data) + next('{"data":1}'), { maxSegmentBytes: size }, cuts);
    const { events, assembly } = whole(text);
    assert.deepEqual(events.map(({ data: [only] }) => only), [data, '{"data":1}'], `slices of ${size}`);
    const bytes = Buffer.byteLength(data);
    assert.equal(assembly.slices.length === 0, bytes <= size);
    for (const { bytes: its, slice, i, n } of assembly.slices) {
      assert.ok(its <= size && (its > size - 4 || i === n - 1), `${its} bytes of ${size}`);
      assert.ok(!slice.includes('\uFFFD'), 'a slice ends within a character');
    }
  }
}, LONG_MS);

test('small slices of much: many results, numbered one after another', async () => {
  const texts = Array.from({ length: 40 }, (_, n) => result('語'.repeat(n * 400)));
  const { events, assembly } = whole(await through(texts.map(next).join(''), { maxSegmentBytes: 1_000 }));
  assert.deepEqual(events.map(({ data }) => data[0]), texts);
  const numbers = [...new Set(assembly.slices.map(({ r }) => r))];
  assert.deepEqual(numbers, numbers.map((_, n) => n));
  assert.equal(assembly.unfinished, 0);
});

const MIXTURE = [
  ':\n\n',
  'event: next\ndata: {"data":{"n":1}}\n\n',
  `event: next\r\nid: 7\r\ndata: ${result('é😀'.repeat(45))}\r\n\r\n`,
  ': a comment\revent:next\rretry: 5\rdata:{"data":{"n":2}}\r\r',
  `data: ${result('语'.repeat(80))}\revent: next\r\r`,
  '\n\n\r\n',
  `event: other\ndata: ${'x'.repeat(260)}\n\n`,
  `: hm\nevent: next\nnonsense\nid: 9\nretry: 10\ndata: ${result('x'.repeat(260))}\n\n`,
  'event: complete\ndata:\n\n',
].join('');

test('cut anywhere, with line ends of every kind, the same events come out', async () => {
  const expected = eventsOf(MIXTURE);
  const length = Buffer.byteLength(MIXTURE);
  const chunkings = [[], Array.from({ length }, (_, at) => at), ...Array.from({ length }, (_, at) => [at])];
  for (const cuts of chunkings) {
    const { events, assembly } = whole(await through(MIXTURE, { maxSegmentBytes: 256 }, cuts));
    assert.deepEqual(events, expected, `cut at ${cuts.slice(0, 3)}`);
    assert.equal(new Set(assembly.slices.map(({ r }) => r)).size, 3);
  }
}, LONG_MS);

test('what is not split passes byte for byte, however it is cut', async () => {
  const length = Buffer.byteLength(MIXTURE);
  for (const options of [{}, { maxSegmentBytes: 1_000 }, { maxSegmentBytes: 256, maxEventBytes: 1 }]) {
    for (let at = 0; at < length; at += 3) assert.equal(await through(MIXTURE, options, [at, Math.min(at + 40, length)]), MIXTURE);
  }
  const broken = `${MIXTURE}event: next\ndata: {"data`;
  assert.equal(await through(broken, { maxSegmentBytes: 1_000 }, [length + 3]), broken);
  const invalid = Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xfe, 0x80, 10, 10, 0xc3);
  const out = [];
  for await (const piece of ReadableStream.from([invalid]).pipeThrough(lifelineStream(QUIET))) out.push(...piece);
  assert.deepEqual(out, [...invalid]);
});

test('bytes that are no UTF-8 are cut, and lost nowhere', async () => {
  const bytes = Buffer.concat([Buffer.from('event: next\ndata: "'), Buffer.alloc(5_000, 0x80), Buffer.from('"\n\n')]);
  const out = [];
  for await (const piece of ReadableStream.from([new Uint8Array(bytes)]).pipeThrough(lifelineStream({ ...QUIET, maxSegmentBytes: 256 }))) out.push(piece);
  const slices = Buffer.concat(out).toString('latin1').split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice(6));
  assert.equal(slices.join(''), `"${'\u0080'.repeat(5_000)}"`);
  assert.ok(slices.length > 19 && slices.every(({ length }) => length <= 256));
});

test('an event over maxEventBytes passes as it is, and those behind it are split', async () => {
  const [large, small] = [next(result('x'.repeat(9_000))), next(result('y'.repeat(600)))];
  const text = await through(large + small, { maxSegmentBytes: 256, maxEventBytes: 4_000 }, [100, 3_000, 6_000]);
  assert.ok(text.startsWith(large));
  const { events, assembly } = whole(text);
  assert.deepEqual(events, eventsOf(large + small));
  assert.equal(new Set(assembly.slices.map(({ r }) => r)).size, 1);
});

test('framing costs 2 % at most at 16 KB, and little at 1 KB', async (t) => {
  const data = result('x'.repeat(8 << 20));
  for (const [size, most] of [[16 * 1_024, 0.02], [1_024, 0.1]]) {
    for (const [options, event] of [[{}, next(data)], [{ singleConnection: true }, next(`{"id":"7-2","payload":${data}}`)]]) {
      const text = await through(event, { maxSegmentBytes: size, ...options });
      const overhead = Buffer.byteLength(text) / data.length - 1;
      t.diagnostic(`${size} bytes${options.singleConnection ? ', reserved' : ''}: ${(100 * overhead).toFixed(2)} %`);
      assert.ok(overhead > 0 && overhead <= most, `${overhead} at ${size}`);
    }
  }
});

test('JSON on several lines becomes one, and id and retry come with the last slice', async () => {
  const value = { data: { texts: Array.from({ length: 60 }, (_, n) => `é ${n}`) } };
  const lines = JSON.stringify(value, null, 2).split('\n').map((line) => `data: ${line}\n`).join('');
  const text = await through(`event: next\nid: 12\n${lines}retry: 3\n\n`, { maxSegmentBytes: 256 });
  const { events } = whole(text);
  assert.deepEqual(events.map(({ data, id }) => [JSON.parse(data[0]), id]), [[value, '12']]);
  const ids = eventsOf(text).map(({ id }) => id);
  assert.deepEqual(ids, [...ids.slice(1).map(() => undefined), '12']);
  assert.equal(text.split('retry: 3\n').length, 2);
});

test('plain splits events without a name, graphql-sse those named next, and neither the others', async () => {
  const data = result('x'.repeat(600));
  for (const [dialect, names] of [['plain', ['', 'message']], ['graphql-sse', ['next']]]) {
    for (const name of ['', 'message', 'next', 'complete', 'segment']) {
      const event = `event: ${name}\ndata: ${data}\n\n`;
      const text = await through(event, { dialect, maxSegmentBytes: 256 });
      assert.equal(text !== event, names.includes(name), `${dialect}, ${name}`);
    }
  }
});

test('on a reserved stream the payload is split, and the id goes into the header', async () => {
  const payload = result('"}\\{[é😀'.repeat(90));
  const odd = 'a"\\é\n😀';
  const shapes = [
    ['7-2', `{"id":"7-2","payload":${payload}}`],
    ['7-2', `{"payload":${payload},"id":"7-2"}`],
    [odd, ` { "x" : [{"a":"]"}, 1.5e3 ,null], "payload" : ${payload} , "id" : ${JSON.stringify(odd)}, "more": true } `],
    ['a', `{"\\u0069d":"a","p\\u0061yload":${payload}}`],
  ];
  for (const [id, data] of shapes) {
    const text = await through(next(data), { maxSegmentBytes: 300, singleConnection: true });
    const { events, assembly } = whole(text);
    assert.deepEqual(events.map(({ data: [only] }) => JSON.parse(only)), [{ id, payload: JSON.parse(payload) }]);
    assert.equal(assembly.slices.map(({ slice }) => slice).join(''), payload);
  }
  const others = [payload, `{"id":7,"payload":${payload}}`, `{"id":"a"}`.padEnd(900), `["id","payload",${payload}]`, `{"id":"a","payload":${payload}`, '{"id'.padEnd(900, 'x'), `{"id":"a",${payload}}`];
  for (const data of others) assert.equal(await through(next(data), { maxSegmentBytes: 256, singleConnection: true }), next(data));
});

test('a byte order mark before everything is dropped, since a comment comes before it', async () => {
  const event = next('{"data":1}');
  for (const cuts of [[], [1], [2], [1, 2], [3]]) {
    assert.equal(await through(`\uFEFF${event}`, {}, cuts), event);
    assert.equal(await through(event, {}, cuts), event);
  }
  const alike = [];
  for await (const piece of ReadableStream.from([Uint8Array.of(0xef), Uint8Array.of(0xbb)]).pipeThrough(lifelineStream(QUIET))) alike.push(...piece);
  assert.deepEqual(alike, [0xef, 0xbb]);
});

/** Heartbeats keep no process alive, so a test that waits for one has to. */
function stayAlive(t) {
  const timer = setInterval(() => {}, 60_000);
  t.after(() => clearInterval(timer));
}

/** A source that the test feeds, and that tells what becomes of it. */
class Source extends Notices {
  pulls = 0;
  cancelled = undefined;

  constructor() {
    super();
    this.stream = new ReadableStream(
      {
        start: (controller) => (this.controller = controller),
        pull: () => {
          this.pulls += 1;
          this.changed();
        },
        cancel: (reason) => {
          this.cancelled = reason ?? null;
          this.changed();
        },
      },
      { highWaterMark: 0 },
    );
  }

  push(text) {
    this.controller.enqueue(new TextEncoder().encode(text));
  }
}

/** Timers that run now, of those that are made while the test runs. */
function countTimers(t) {
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const running = new Set();
  globalThis.setTimeout = (call, ...rest) => {
    const timer = set(() => {
      running.delete(timer);
      call();
    }, ...rest);
    running.add(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    running.delete(timer);
    clear(timer);
  };
  t.after(() => Object.assign(globalThis, { setTimeout: set, clearTimeout: clear }));
  return running;
}

const decode = ({ value }) => new TextDecoder().decode(value);
const stream = (source, options) => lifelineResponse(new Response(source.stream, { headers: { 'content-type': 'text/event-stream' } }), options).body;

/** As long as another stream takes for so many heartbeats. */
async function heartbeats(count, heartbeatMs) {
  const reader = stream(new Source(), { heartbeatMs }).getReader();
  for (let n = 0; n <= count; n++) await reader.read();
  await reader.cancel();
}

test('a heartbeat at once, and then whenever nothing comes, but never within an event', async (t) => {
  stayAlive(t);
  const source = new Source();
  const reader = stream(source, { heartbeatMs: 5 }).getReader();
  for (let n = 0; n < 4; n++) assert.equal(decode(await reader.read()), ':\n\n');
  source.push('event: next\nda');
  let text = '';
  while (!text.includes('da')) text += decode(await reader.read());
  // Had there been one within the event, this read would have got it.
  const read = reader.read();
  await heartbeats(8, 5);
  source.push('ta: 1\n\n');
  assert.equal(decode(await read), 'ta: 1\n\n');
  assert.equal(decode(await reader.read()), ':\n\n');
  await reader.cancel();
});

test('an event whose end is waited for lets heartbeats pass: nothing of it is out yet', async (t) => {
  stayAlive(t);
  const source = new Source();
  const reader = stream(source, { heartbeatMs: 5, maxSegmentBytes: 256 }).getReader();
  source.push('event: next\nda');
  for (let n = 0; n < 4; n++) assert.equal(decode(await reader.read()), ':\n\n');
  source.push('ta: 1\n\n');
  let text = '';
  while (!text.includes('next')) text += decode(await reader.read());
  assert.equal(text.replaceAll(':\n\n', ''), 'event: next\ndata: 1\n\n');
  await reader.cancel();
});

test('heartbeats do not queue up behind a reader that stalls, nor is the source read on', async (t) => {
  stayAlive(t);
  const source = new Source();
  const reader = stream(source, { heartbeatMs: 1 }).getReader();
  await reader.read(); // the first comment
  await heartbeats(20, 1);
  for (let n = 0; n < 9; n++) source.push(next(`${n}`));
  const before = source.pulls;
  const texts = [];
  while (!texts.at(-1)?.includes('data: 8')) texts.push(decode(await reader.read()));
  assert.equal(texts.slice(0, texts.findIndex((text) => text.includes('data: 0'))).length, 1, texts.join('|'));
  assert.ok(before <= 2, `${before} pulls`);
  await reader.cancel();
});

test('of a large result no more is made than is read', async () => {
  const source = new Source();
  const reader = stream(source, { ...QUIET, maxSegmentBytes: 16_384 }).getReader();
  source.push(next(result('x'.repeat(4 << 20))));
  const first = await reader.read();
  assert.ok(first.value.length < 100_000, `${first.value.length} bytes at once`);
  assert.match(decode(first), /"i":0,/);
  assert.equal(source.pulls, 0, 'the source has been asked for more');
  await reader.cancel();
});

test('no timer stays behind: at the end, after a cancel, after an error, and of a response that nobody reads', async (t) => {
  const timers = countTimers(t);
  const open = async () => {
    const source = new Source();
    const reader = stream(source, { heartbeatMs: 60_000 }).getReader();
    await reader.read();
    const read = reader.read();
    await source.until(({ pulls }) => pulls > 0);
    assert.equal(timers.size, 1);
    return { source, reader, read };
  };
  const ended = await open();
  ended.source.controller.close();
  assert.equal((await ended.read).done, true);
  assert.equal(timers.size, 0);
  const cancelled = await open();
  await cancelled.reader.cancel('enough');
  assert.equal((await cancelled.read).done, true);
  assert.equal(cancelled.source.cancelled, 'enough');
  assert.equal(timers.size, 0);
  const failed = await open();
  failed.source.controller.error(new Error('broken'));
  await assert.rejects(failed.read, /broken/);
  assert.equal(timers.size, 0);
  const unread = stream(new Source(), { heartbeatMs: 60_000 });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(timers.size, 0);
  await unread.cancel();
  for (let n = 0; n < 50; n++) await (await open()).reader.cancel();
  assert.equal(timers.size, 0);
});

test('a request that is aborted ends its stream, whatever becomes of the response', async (t) => {
  const timers = countTimers(t);
  const answer = (source, signal) =>
    withLifeline(() => new Response(source.stream, { headers: { 'content-type': 'text/event-stream' } }), { heartbeatMs: 60_000 })(
      new Request('http://localhost/', { signal, headers: { accept: 'text/event-stream' } }),
    );
  for (const early of [true, false]) {
    const [source, leaves] = [new Source(), new AbortController()];
    if (early) leaves.abort(new Error('gone'));
    const reader = (await answer(source, leaves.signal)).body.getReader();
    if (!early) {
      await reader.read();
      const read = reader.read();
      await source.until(({ pulls }) => pulls > 0);
      leaves.abort(new Error('gone'));
      assert.equal((await read).done, true);
    }
    await source.until(({ cancelled }) => cancelled?.message === 'gone');
    assert.equal((await reader.read()).done, true);
    assert.equal(timers.size, 0);
  }
});

test('lifelineStream in a pipe: a cancel and an error pass through it, and its timer ends', async (t) => {
  const timers = countTimers(t);
  const open = async () => {
    const source = new Source();
    const reader = source.stream.pipeThrough(lifelineStream({ heartbeatMs: 60_000 })).getReader();
    await reader.read();
    const read = reader.read();
    source.push(next('1'));
    await read;
    return { source, reader };
  };
  const cancelled = await open();
  await cancelled.reader.cancel('enough');
  await cancelled.source.until((source) => source.cancelled === 'enough');
  const failed = await open();
  failed.source.controller.error(new Error('broken'));
  await assert.rejects(failed.reader.read(), /broken/);
  assert.equal(timers.size, 0);
});

test('a response that is no event stream is returned as it is', () => {
  for (const response of [
    Response.json({ data: 1 }),
    new Response(null, { status: 204 }),
    new Response(null, { headers: { 'content-type': 'text/event-stream' } }),
    new Response('x', { headers: { 'content-type': 'text/event-streams' } }),
    new Response('x', { headers: { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' } }),
  ]) {
    assert.equal(lifelineResponse(response), response);
  }
});

test('headers stay, but for a length that would be wrong; what proxies need to know is added', async () => {
  const wrap = (headers, init = {}) => lifelineResponse(new Response(':\n\n', { ...init, headers: { 'content-type': 'Text/Event-Stream; charset=utf-8', ...headers } }), QUIET);
  const plain = wrap({ 'content-length': '3', 'x-own': 'a' }, { status: 203, statusText: 'So so' });
  assert.deepEqual([plain.status, plain.statusText], [203, 'So so']);
  assert.deepEqual(Object.fromEntries(plain.headers), {
    'content-type': 'Text/Event-Stream; charset=utf-8',
    'x-own': 'a',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  const own = wrap({ 'cache-control': 'no-store', 'x-accel-buffering': 'yes' });
  assert.deepEqual(['cache-control', 'x-accel-buffering'].map((name) => own.headers.get(name)), ['no-store', 'yes']);
  const cookies = new Headers([['content-type', 'text/event-stream'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']]);
  assert.deepEqual(lifelineResponse(new Response('', { headers: cookies }), QUIET).headers.getSetCookie(), ['a=1', 'b=2']);
});

test('options that make no sense are refused by name', () => {
  const wrong = {
    maxSegmentBytes: [255, 256.5, '1000', null, NaN, Infinity],
    heartbeatMs: [-1, true, '5', NaN, Infinity, null],
    maxEventBytes: [0, -1, 1.5, '1'],
    dialect: ['sse', null],
    singleConnection: [1, 'auto'],
    maxSegmentByte: [1],
    toString: [1],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const refused = { name: 'TypeError', message: new RegExp(`^option ${name}: `) };
      assert.throws(() => lifelineStream({ [name]: value }), refused);
      assert.throws(() => lifelineResponse(new Response(), { [name]: value }), refused);
      assert.throws(() => withLifeline(() => new Response(), { [name]: value }), refused);
    }
  }
  assert.throws(() => withLifeline(() => new Response(), { singleConnection: true }), /^TypeError: option singleConnection: is not known/);
  assert.throws(() => withLifeline({ fetch() {} }), /^TypeError: handler: /);
  assert.throws(() => lifelineStream(null), /^TypeError: options: /);
  lifelineStream({ maxSegmentBytes: undefined, heartbeatMs: 0, maxEventBytes: undefined, dialect: undefined, singleConnection: undefined });
});
