import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ratio } from '../../bench/numbers.mjs';
import { drawSize, drawThroughput } from '../../bench/plots.mjs';
import { PARTS, partsOf } from '../../bench/profile.mjs';
import { told, written } from '../../bench/report.mjs';
import { run } from '../../bench/rounds.mjs';
import { expectedOf } from '../../bench/socket.mjs';
import { sum, Tally } from '../../bench/tally.js';
import { targets } from '../../bench/targets.mjs';
import { stream, workload, WORKLOADS } from '../../bench/workloads.mjs';

const result = (id, text) => ({ data: { message: { id, text } } });

function tallyOf(results) {
  const tally = new Tally();
  for (const one of results) tally.add(one);
  return sum([tally]);
}

test('the tally notices what is lost, doubled, out of order or cut', () => {
  const whole = [result('1', 'ab'), result('2', 'abc'), result('3', 'a')];
  const [one, two, three] = whole;
  assert.deepEqual(tallyOf(whole), tallyOf([...whole]));
  for (const other of [[one, two], [one, two, two, three], [two, one, three], [one, result('2', 'ab'), three]]) {
    assert.notDeepEqual(tallyOf(other), tallyOf(whole));
  }
});

/** The event stream format, as far as workloads use it. */
function parsed(bytes) {
  const events = bytes.toString().split(/\r?\n\r?\n/).filter((event) => event.startsWith('event: next'));
  return events.map((event) => JSON.parse(event.split(/\r?\n/).filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n')));
}

for (const name of Object.keys(WORKLOADS)) {
  test(`the workload ${name} is what its tally says, and the same each time`, () => {
    const spec = workload(name, true);
    const { bytes, count, hash } = stream(spec);
    assert.deepEqual(tallyOf(parsed(bytes)), { count, hash });
    assert.equal(count, spec.count);
    assert.ok(bytes.equals(stream(spec).bytes));
    assert.ok(bytes.toString().endsWith(spec.eol === '\r\n' ? 'event: complete\r\ndata:\r\n\r\n' : 'event: complete\ndata:\n\n'));
    assert.equal(/[^\r]\n/.test(bytes.toString()), spec.eol !== '\r\n');
    if (!spec.lines) assert.ok(Math.abs(bytes.length / count - spec.size) < spec.size * 0.03 + 30, `${bytes.length / count} bytes an event`);
  });
}

test('however many subscriptions share the results of a socket, all of them are counted', () => {
  for (const subscriptions of [1, 7, 100]) assert.equal(expectedOf({ subscriptions, total: 100, size: 10 }).count, 100);
  assert.notEqual(expectedOf({ subscriptions: 1, total: 100, size: 10 }).hash, expectedOf({ subscriptions: 7, total: 100, size: 10 }).hash);
});

const EXPECTED = { count: 1, hash: 7 };

/** A place whose clients take as long as they are told to; `log` is who ran when. */
function place(behaviour) {
  const log = [];
  const client = (name) => ({
    async prepare() {},
    async run(_, job) {
      log.push(name);
      return { ms: 1, cpuMs: 1, ...EXPECTED, ...(await behaviour(name, job)) };
    },
  });
  return { log, place: { name: 'test' }, client: async (name) => client(name), async drop() {} };
}

const caseOf = (client, more = {}) => ({ client, call: 'readStream', job: {}, expected: EXPECTED, ...more });

test('every case runs once a round, in an order that moves on', async () => {
  const field = place(() => ({}));
  await run(field, ['a', 'b', 'c'].map((name) => caseOf(name)), { rounds: 3 });
  assert.deepEqual(field.log.join(''), 'abcbcacab');
});

test('a wrong checksum ends the benchmark, and says whose', async () => {
  for (const wrong of [{ hash: 8 }, { count: 0 }]) {
    const field = place((name) => (name === 'b' ? wrong : {}));
    await assert.rejects(run(field, [caseOf('a'), caseOf('b', { label: 'small' })], { rounds: 1 }), /test: b on small: it saw . results/);
  }
});

test('who takes over 10 s is run once, and at no larger size; the others go on', async () => {
  const field = place((name) => (name === 'slow' ? { cpuMs: 11_000 } : {}));
  const cases = [1, 10].flatMap((size) => ['slow', 'quick'].map((name) => caseOf(name, { size, family: 'one' })));
  await run(field, cases, { rounds: 2 });
  assert.deepEqual(cases.map(({ samples }) => samples.ms.length), [1, 2, 0, 2]);
  assert.equal(cases[2].samples.skipped, true);
});

test('who would take over 10 s if time grew with size alone is not asked for the larger size', async () => {
  const field = place(() => ({ cpuMs: 3_000 }));
  const cases = [caseOf('a', { size: 1, family: 'one' }), caseOf('a', { size: 4, family: 'one' }), caseOf('a', { size: 4, family: 'other' })];
  await run(field, cases, { rounds: 1 });
  assert.deepEqual(cases.map(({ samples }) => samples.ms.length), [1, 0, 1]);
});

test('who takes too long by far is cut off', async () => {
  const field = place((name) => (name === 'hung' ? sleep(10_000, {}, { ref: false }) : {}));
  const cases = [caseOf('hung'), caseOf('a')];
  await run(field, cases, { rounds: 2, capMs: 20 });
  assert.deepEqual(cases.map(({ samples: { ms, over } }) => [ms.length, over]), [[0, 20], [2, undefined]]);
});

test('a ratio is the median of those of each round', () => {
  assert.equal(ratio({ ms: [2, 30, 8] }, { ms: [1, 10, 2] }), 3);
  assert.equal(ratio({ ms: [2] }, { ms: [1, 10, 2] }), 2);
  assert.equal(ratio({ ms: [] }, { ms: [1] }), undefined);
  assert.equal(ratio(undefined, { ms: [1] }), undefined);
});

const PLAIN = ['limit', 'decoded-limit', 'lifeline', 'lifeline-eventsource', 'eventsource-parser', 'eventsource', 'fetch-event-source', 'graphql-sse', 'sse.js'];

/** As measured, if all take `peerMs`, LIMIT 100, and this package `ms`. */
function measured(ms, peerMs) {
  const own = { limit: 100, 'decoded-limit': 100, lifeline: ms, 'lifeline-eventsource': ms, 'lifeline-websocket': ms };
  const samples = (names, factor = 1) => Object.fromEntries(names.map((name) => [name, { ms: [(own[name] ?? peerMs) * factor], cpuMs: [(own[name] ?? peerMs) * factor] }]));
  const streams = Object.fromEntries(Object.keys(WORKLOADS).filter((name) => name !== 'flood').map((name) => [name, { bytes: 1e6, count: name.startsWith('one') ? 1 : 1_000, clients: samples(PLAIN) }]));
  const counts = Object.fromEntries([1, 1_000].map((count) => [count, { count: 50_000, clients: samples(['websocket', 'lifeline-websocket', 'graphql-ws'], ms === 100 ? 1 : count) }]));
  const sizes = Object.fromEntries([1, 8, 32].map((mb) => [mb << 20, { count: 1, clients: samples(['limit', 'lifeline', 'eventsource-parser', 'fetch-event-source', 'graphql-sse'], ms === 100 ? mb : mb * mb) }]));
  const calm = { lifeline: { ms: [ms], cpuMs: [ms], taskMs: [ms === 100 ? 0 : 60], timerMs: [10], frameMs: [20], longTasks: [ms === 100 ? 0 : 1] } };
  const grown = ms === 100 ? 1 : 2;
  return {
    rounds: 1, cores: 2, brotli: 40_000 * grown, versions: ['Chrome 1', 'Node 2'],
    chromium: { streams, sockets: counts, calm, floods: { lifeline: { heap: [1e6, 1e6, 1e6 * grown], wasm: [5, 6, 5 + grown] } }, profile: { small: { limit: PARTS.map(() => ms) } } },
    node: {
      streams, sockets: counts, chunks: { 4096: sizes },
      churn: { lifeline: { cycles: 40_000, bytes: 100 * (grown - 1), wasm: 0 }, 'graphql-sse': { cycles: 40_000, bytes: 3_000, wasm: 0 } },
      peak: Object.fromEntries([8, 32].map((mb) => [mb << 20, { lifeline: [100 * grown], 'eventsource-parser': [100] }])),
    },
  };
}

test('a profile: each sample counts for the first part that fits', () => {
  const frame = (id, functionName, url = '') => ({ id, callFrame: { functionName, url } });
  const nodes = [frame(1, 'jsonParse', 'http://x/page.js'), frame(2, 'decode'), frame(3, 'decode', 'http://x/page.js'), frame(4, '(idle)'), frame(5, 'f', 'wasm://x')];
  const parts = partsOf({ nodes, samples: [1, 2, 3, 4, 5, 1], timeDeltas: [1_000, 2_000, 4_000, 8_000, 16_000, 32_000] });
  const by = Object.fromEntries(PARTS.map(([name], at) => [name, parts[at]]));
  assert.deepEqual(by, { 'JSON.parse': 33, 'TextDecoder': 2, 'WebAssembly': 16, 'collecting garbage': 0, 'the browser': 0, 'waiting': 8, 'other JavaScript': 4 });
});

test('every target is met by a package as fast as LIMIT, and missed by one as slow as the peers', () => {
  const unmet = (results, verdict) => targets(results).filter(({ met }) => met !== verdict).map(({ what, target }) => `${what}: ${target}`);
  assert.deepEqual(unmet(measured(100, 100_000), true), []);
  // as fast as the slowest peer is still as fast as the fastest
  const asFast = /≥ (1|0\.9) ×|TextDecoder/;
  assert.deepEqual(unmet(measured(200, 200), false).filter((line) => !asFast.test(line) && !line.startsWith('EventSource')), []);
});

test('the tables and plots bear with what was not measured', () => {
  const results = measured(100, 100_000);
  results.chromium.streams.small.clients['graphql-sse'] = { ms: [], cpuMs: [], over: 120_000 };
  results.chromium.streams.small.clients['sse.js'] = { ms: [], cpuMs: [], skipped: true };
  results.node.chunks[4096][32 << 20].clients['graphql-sse'] = { ms: [], cpuMs: [], skipped: true };
  const texts = [told(results), written(results), drawThroughput(results), drawSize(results)];
  for (const text of texts) assert.doesNotMatch(text, /NaN|undefined|Infinity/);
  assert.match(texts[1], /\| graphql-sse \| over 120 s \|/);
  assert.match(texts[1], /\| small events, LF \| ≥ 10 × as fast as graphql-sse \| – \| not measured \|/);
  assert.match(told({ ...results, node: undefined }), /^Streams in Chromium/);
});
