/** Results that come in parts (`@defer`, `@stream`): against real servers, and against hostile ones. */

import assert from 'node:assert/strict';
import { patch } from '../../src/web/incremental.js';
import { event, serve } from './support/http.mjs';
import { Log, Recorder } from './support/notices.mjs';
import { connect } from './support/ours.mjs';
import { QUERIES, random, request, SERVERS } from './support/parts.mjs';
import { test } from './support/test.mjs';

const SEEDS = [1, 2, 3];

/** Errors come in the order in which fields fail. */
function comparable({ errors, ...result }) {
  if (!errors) return result;
  // which of the places in the document they name is the executor's choice
  const plain = errors.map(({ message, path }) => JSON.stringify({ message, path }));
  return { ...result, errors: plain.toSorted?.() ?? [...plain].sort() };
}

async function results(client, asked, options) {
  const sink = new Recorder();
  const gaps = new Log();
  client.subscribe(asked, sink, { gap: ({ reason }) => gaps.add(reason), ...options });
  await sink.completed();
  assert.deepEqual(gaps.items, []);
  return sink.results;
}

function freeze(value) {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
}

/** The ways over which a server sends results. */
const ways = ({ url, socketUrl, single }) => [
  ['a stream', url, {}],
  ['a socket', url, { transports: ['websocket'], websocket: { url: socketUrl } }],
  ...(single ? [['a reserved stream', url, { singleConnection: true }]] : []),
];

for (const [name, start] of Object.entries(SERVERS)) {
  for (const [about, query] of Object.entries(QUERIES)) {
    test(`${name}: ${about}`, async (t) => {
      for (const seed of SEEDS) {
        const server = await start(t, seed);
        for (const [way, url, options] of ways(server)) {
          const [whole, ...others] = await results(connect(t, url, options), request(query, false));
          assert.deepEqual(others, [], way);

          const raw = await results(connect(t, url, { ...options, incremental: 'raw' }), request(query));
          assert.ok(raw.length > 1, `${way}: it comes in parts`);
          assert.ok(raw[0].hasNext);

          const [final, ...rest] = await results(connect(t, url, { ...options, incremental: 'final' }), request(query));
          assert.deepEqual(comparable(final), comparable(whole), way);
          assert.deepEqual(rest, []);

          const grown = [];
          const client = connect(t, url, options);
          const sink = new Recorder((result) => {
            grown.push(structuredClone(result));
            freeze(result);
          });
          client.subscribe(request(query), sink);
          await sink.completed();
          assert.deepEqual(sink.results, grown, 'what was delivered did not change');
          assert.ok(grown.length > 1);
          assert.deepEqual(comparable(grown.at(-1)), comparable(whole), way);
          for (const part of grown.slice(0, -1)) assert.deepEqual(Object.keys(part).filter((key) => !['data', 'errors'].includes(key)), ['hasNext']);
          assert.equal(new Set(sink.results).size, sink.results.length);
        }
      }
    });
  }

  test(`${name}: null goes up to what was deferred, and no further`, async (t) => {
    const { url } = await start(t, 1);
    const asked = request('{ hero { id ... @defer(if: $on) { name boom } ... @defer(if: $on) { slow } } }');
    const [{ data, errors, ...rest }, ...others] = await results(connect(t, url, { incremental: 'final' }), asked);
    assert.deepEqual([data, rest, others], [{ hero: { id: 'h', slow: 'slow h' } }, {}, []]);
    assert.deepEqual(errors.map(({ message, path }) => [message, path]), [['boom h', ['hero', 'boom']]]);
  });

  test(`${name}: null ends a streamed list that must have none`, async (t) => {
    const { url } = await start(t, 1);
    const asked = request('{ hero { id strict @stream(if: $on, initialCount: 1) { id } } }');
    const [{ data, errors }] = await results(connect(t, url, { incremental: 'final' }), asked);
    assert.deepEqual(data, { hero: { id: 'h', strict: [{ id: 'hs0' }, { id: 'hs1' }] } });
    assert.deepEqual(errors.map(({ path }) => path), [['hero', 'strict', 2]]);
  });
}

test('graphql-yoga: each event of a subscription comes in parts', async (t) => {
  const { url, socketUrl } = await SERVERS['graphql-yoga'](t, 1);
  const query = 'subscription S($on: Boolean!) { visits(to: 5) { id ... @defer(if: $on) { slow } } }';
  const expected = [0, 1, 2, 3, 4].map((n) => ({ data: { visits: { id: `v${n}`, slow: `slow v${n}` } } }));
  for (const options of [{}, { transports: ['websocket'], websocket: { url: socketUrl } }]) {
    for (const continuity of [undefined, { key: 'visits.id' }]) {
      const final = await results(connect(t, url, { ...options, incremental: 'final' }), { query, variables: { on: true } }, { continuity });
      assert.deepEqual(final, expected);
      const merged = await results(connect(t, url, options), { query, variables: { on: true } }, { continuity });
      assert.deepEqual(merged.filter(({ hasNext }) => !hasNext), expected);
      assert.equal(merged.length, 10);
    }
  }
});

/** Serves these results, and then completes. */
async function served(t, list) {
  const { url } = await serve(t, (exchange) => {
    exchange.stream();
    for (const result of list) exchange.next(result);
    exchange.complete();
  });
  return url;
}

/** What a client makes of them: results, and the reasons of gaps. */
async function told(t, list, options, ofOne) {
  const sink = new Recorder();
  const gaps = [];
  connect(t, await served(t, list), options).subscribe({ query: 'subscription { n }' }, sink, { gap: ({ reason }) => gaps.push(reason), ...ofOne });
  await sink.completed();
  return { results: sink.results, gaps };
}

const first = (data, more = true) => ({ data, hasNext: more });
const data = (path, value, more = true) => ({ incremental: [{ path, data: value }], hasNext: more });
const items = (path, list, more = true) => ({ incremental: [{ path, items: list }], hasNext: more });
const END = { hasNext: false };

test('what did not change is the same object', async (t) => {
  const { results } = await told(t, [first({ a: { x: {} }, b: { list: [{ y: {} }, {}] } }), data(['b', 'list', 1], { z: 1 }), items(['b', 'list', 2], [3]), END]);
  const [one, two, three, whole] = results.map(({ data }) => data);
  assert.deepEqual(whole, { a: { x: {} }, b: { list: [{ y: {} }, { z: 1 }, 3] } });
  for (const later of [two, three, whole]) assert.deepEqual([later.a === one.a, later.b.list[0] === one.b.list[0]], [true, true]);
  assert.notEqual(one.b.list[1], two.b.list[1]);
  assert.equal(two.b.list[1], three.b.list[1]);
  assert.equal(whole, three);
});

test('errors and extensions come together', async (t) => {
  const { results } = await told(
    t,
    [
      { data: { a: 1 }, errors: [{ message: '1' }], extensions: { x: 1 }, pending: [{ id: '0', path: [] }, { id: '1', path: [] }], hasNext: true },
      { incremental: [{ id: '0', data: { b: 2 }, errors: [{ message: '2' }], extensions: { y: 2 } }], hasNext: true },
      { completed: [{ id: '0' }, { id: '1', errors: [{ message: '3' }] }], extensions: { z: 3 }, hasNext: false },
    ],
    { incremental: 'final' },
  );
  assert.deepEqual(results, [{ data: { a: 1, b: 2 }, errors: [{ message: '1' }, { message: '2' }, { message: '3' }], extensions: { x: 1, y: 2, z: 3 } }]);
});

test('what some servers write as null is not there', async (t) => {
  const nothing = { path: null, id: null, subPath: null, errors: null, extensions: null, label: null };
  const { results, gaps } = await told(
    t,
    [
      { ...nothing, ...first({ list: [] }), pending: null, incremental: null, completed: null },
      { ...nothing, data: undefined, ...items(['list', 0], [1]), pending: null, completed: null },
      { incremental: [{ ...nothing, path: ['list', 1], items: [2], data: null }, { ...nothing, path: [], data: { a: 1 }, items: null }], hasNext: false },
    ],
    { incremental: 'final' },
  );
  assert.deepEqual([results, gaps], [[{ data: { list: [1, 2], a: 1 } }], []]);
});

const PLAIN = { data: { n: 7 } };

const BAD = {
  'a path that is not there': data(['b'], {}),
  'a path to what is no object': data(['n'], {}),
  'a path to null': data(['nothing'], {}),
  'a path through the prototype': data(['__proto__'], { polluted: true }),
  'a path through the prototype, in a list': data([['__proto__']], { polluted: true }),
  'a path through the constructor': data(['constructor', 'prototype'], { polluted: true }),
  'a path that is no list': data(7, {}),
  'data that has a prototype': JSON.parse('{"incremental":[{"path":["a"],"data":{"__proto__":{"polluted":true}}}],"hasNext":true}'),
  'extensions that have a prototype': JSON.parse('{"extensions":{"__proto__":{"polluted":true}},"hasNext":true}'),
  'items into no list': items(['a', 0], [1]),
  'items behind the end': items(['list', 2], [1]),
  'items at a huge place': items(['list', 4294967294], [1]),
  'items at a place that is none': items(['list', -1], [1]),
  'items at the length': items(['list', 'length'], [1]),
  'items over what is there': items(['list', 0], [1]),
  'items that are no list': items(['list', 1], { length: 4e9 }),
  'an id that is not pending': { incremental: [{ id: '7', data: {} }], hasNext: true },
  'a pending path that is none': { pending: [{ id: '1', path: null }], incremental: [{ id: '1', data: {} }], hasNext: true },
  'a path that is too long': data(Array(129).fill('a'), {}),
};

for (const [about, bad] of Object.entries(BAD)) {
  test(`${about}: a gap of that result alone`, async (t) => {
    for (const incremental of ['merge', 'final']) {
      const beginning = { extensions: {}, ...first(JSON.parse('{"n":1,"nothing":null,"list":[0],"a":{"a":{}},"__proto__":{}}')) };
      const { results, gaps } = await told(t, [beginning, bad, data([], { n: 2 }), END, PLAIN, first({ n: 8 }), END], { incremental });
      assert.deepEqual(gaps, ['malformed']);
      assert.deepEqual(results.filter(({ hasNext }) => !hasNext), [PLAIN, { data: { n: 8 } }]);
    }
    assert.equal({}.polluted, undefined);
  });
}

test('odd names are names', async (t) => {
  const odd = JSON.parse('{"a":{"__proto__":{"x":1},"constructor":{"name":"c"}}}');
  const { results, gaps } = await told(t, [first({}), data([], odd), data(['a'], { toString: { deep: 1 }, hasOwnProperty: 2 }), data(['a', 'toString'], { more: 2 }), data(['a', 'constructor'], { prototype: 3 }), END]);
  assert.deepEqual(gaps, []);
  const expected = JSON.parse('{"__proto__":{"x":1},"constructor":{"name":"c","prototype":3},"toString":{"deep":1,"more":2},"hasOwnProperty":2}');
  assert.deepEqual(results.at(-1).data.a, expected);
  assert.deepEqual(Object.keys(results.at(-1).data.a), Object.keys(expected));
});

test('a key is that of the event, however it grows; what was not whole is backfilled', async (t) => {
  let round = 0;
  const { url } = await serve(t, (exchange, n) => {
    exchange.stream();
    if (n === 0) return exchange.next(first({ id: 1 })).next(data([], { a: 1 })).next(END).next(first({ id: 2 })).end();
    exchange.next(first({ id: 1 })).next(data([], { a: 1 })).next(END).next(first({ id: 3 }, false)).complete();
  });
  const sink = new Recorder();
  const backfill = async ({ lastKey }) => {
    round += 1;
    return lastKey === '1' ? [{ data: { id: 2, whole: true } }] : [];
  };
  connect(t, url).subscribe({ query: 'subscription { n }' }, sink, { continuity: { key: 'id', backfill } });
  await sink.completed();
  assert.ok(round > 0);
  const told = sink.results.map(({ data, hasNext }) => [data.id, data.a ?? data.whole ?? 0, !hasNext]);
  assert.deepEqual(told, [[1, 0, false], [1, 1, false], [1, 1, true], [2, 0, false], [2, true, true], [3, 0, true]]);
});

test('a key function that fails on what is not whole is asked again', async (t) => {
  const key = ({ data }) => data.late.id;
  const { results, gaps } = await told(t, [first({ n: 1 }), data([], { late: { id: 'x' } }), END], {}, { continuity: { key } });
  assert.deepEqual([results.length, gaps, results.at(-1)], [2, [], { data: { n: 1, late: { id: 'x' } } }]);
});

test('execute takes an answer as it is', async (t) => {
  const { url } = await serve(t, (exchange) => exchange.json200(first({ n: 1 })));
  assert.deepEqual(await connect(t, url).execute({ query: '{ n }' }), first({ n: 1 }));
});

test('more than a result may have is a gap', async (t) => {
  const large = 'x'.repeat(8 << 20);
  const parts = [first({ list: [] }), ...[0, 1, 2, 3, 4].map((n) => items(['list', n], [large])), END];
  const { results, gaps } = await told(t, [...parts, PLAIN], { incremental: 'final' });
  assert.deepEqual([results, gaps], [[PLAIN], ['oversize']]);
});

/** Any JSON, and often what parts are made of. */
function anything(next, depth = 0) {
  const pick = (list) => list[Math.floor(next() * list.length)];
  const name = () => pick(['data', 'path', 'items', 'id', 'subPath', 'pending', 'incremental', 'completed', 'errors', 'extensions', 'hasNext', '__proto__', 'constructor', 'prototype', 'toString', 'length', 'a', '0']);
  const kind = next();
  if (depth > 4 || kind < 0.4) return pick([null, true, false, 0, 1, -1, 4294967295, 1e300, '', 'a', '0', 'data', '__proto__', 'constructor', 'length']);
  const size = Math.floor(next() * 4);
  if (kind < 0.65) return Array.from({ length: size }, () => anything(next, depth + 1));
  // by its text, as it comes: so that `__proto__` is a key like any other
  const fields = Array.from({ length: size }, () => `${JSON.stringify(name())}:${JSON.stringify(anything(next, depth + 1))}`);
  return JSON.parse(`{${fields.join()}}`);
}

/** Nothing in it inherits from anything unusual. */
function assertPlain(value) {
  if (typeof value !== 'object' || value === null) return;
  assert.ok([Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value)));
  for (const key of Object.keys(value)) assertPlain(value[key]);
}

test('random JSON as parts: nothing throws, nothing is polluted, nothing that was delivered changes', () => {
  const inherited = (...objects) => objects.map((object) => JSON.stringify(Object.getOwnPropertyNames(object)));
  const before = inherited(Object.prototype, Array.prototype, Object, Array, Function.prototype);
  let applied = 0;
  for (let seed = 1; seed <= 1_000; seed++) {
    const next = random(seed);
    const state = {};
    const delivered = [];
    const grows = seed % 2 === 0;
    for (let n = 0; n < 8; n++) {
      const part = JSON.parse(JSON.stringify(anything(next)));
      const place = (value) => (next() < 0.5 ? [] : value);
      const shaped = { hasNext: true, ...(n === 0 && { data: anything(next) ?? {} }) };
      if (n > 0) shaped.incremental = [{ path: place(anything(next)), data: anything(next) }, part];
      if (next() < 0.3) shaped.pending = [{ id: '0', path: place(anything(next)) }];
      if (next() < 0.3) Object.assign(shaped, typeof part === 'object' && part);
      const facts = patch(state, shaped, 1e4, grows);
      assert.ok(facts >= 0 && facts < 16);
      if (facts < 4 && n > 0) applied += 1;
      if (facts < 4 && state.result) delivered.push([state.result, JSON.stringify(state.result)]);
      // as the module does: behind the end, or a part that is bad, another one begins
      if ((facts & 14) !== 2) Object.keys(state).forEach((key) => delete state[key]);
    }
    for (const [result, text] of delivered) {
      assert.equal(JSON.stringify(result), text);
      assertPlain(result);
    }
  }
  assert.ok(applied > 300, `${applied} fitted`);
  assert.deepEqual(inherited(Object.prototype, Array.prototype, Object, Array, Function.prototype), before);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});

/** How many places of lists are read while this runs. */
function reads(run) {
  const own = Array.prototype[Symbol.iterator];
  let count = 0;
  // oxlint-disable-next-line no-extend-native
  Array.prototype[Symbol.iterator] = function () {
    count += this.length;
    return own.call(this);
  };
  try {
    run();
  } finally {
    // oxlint-disable-next-line no-extend-native
    Array.prototype[Symbol.iterator] = own;
  }
  return count;
}

test('a flood of parts is put together in linear time, and is seen growing as long as that is cheap', () => {
  const state = {};
  let shown = 0;
  const flood = (grows) => {
    shown = 0;
    patch(state, first({ deep: { list: Array(1_000).fill(0) } }), 1e9, grows);
    for (let n = 0; n < 20_000; n++) {
      patch(state, items(['deep', 'list', 1_000 + n], [n]), 1e9, grows);
      if (state.result) shown += 1;
    }
  };
  const linear = reads(() => flood(false));
  assert.ok(linear < 20_000 * 20, `${linear} places were read`);
  assert.equal(shown, 0);
  const bounded = reads(() => flood(true));
  assert.ok(bounded < linear + 1.01 * (1 << 24), `${bounded} places were read`);
  assert.ok(shown > 4_000 && shown < 10_000, `${shown} were shown`);
  patch(state, END, 1e9, true);
  assert.equal(state.result.data.deep.list.length, 21_000);
});

test('a part that is nested too deep is a gap', async (t) => {
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const { url } = await serve(t, (exchange) => {
    exchange.stream().write(event('next', `{"data":${deep},"hasNext":true}`)).write(event('next', `{"incremental":[{"path":[],"data":${deep}}],"hasNext":false}`));
    exchange.next(PLAIN).complete();
  });
  const sink = new Recorder();
  const gaps = [];
  connect(t, url).subscribe({ query: 'subscription { n }' }, sink, { gap: ({ reason }) => gaps.push(reason) });
  await sink.completed();
  assert.deepEqual([sink.results, gaps], [[PLAIN], ['malformed']]);
});
