/** Options: every refusal names its option; nothing is swallowed. */

import assert from 'node:assert/strict';
import { createClient, isLifelineError, LifelineError } from '../../dist/index.js';
import { serve } from './support/http.mjs';
import { Recorder, settled } from './support/notices.mjs';
import { connect, failure, SUBSCRIPTION } from './support/ours.mjs';
import { test } from './support/test.mjs';

const url = 'http://127.0.0.1:9/graphql';

/** Creating a client with these options is refused, by this name. */
function refused(options, name, why = /./) {
  assert.throws(
    () => createClient(options),
    (error) => {
      assert.ok(error instanceof LifelineError && isLifelineError(error) && error instanceof Error, String(error));
      assert.deepEqual([error.name, error.code, error.retryable], ['LifelineError', 'option', false]);
      assert.ok(error.message.startsWith(`option ${name}: `), `expected option ${name}: in ${error.message}`);
      assert.match(error.message, why);
      return true;
    },
  );
}

/** These are accepted. */
function accepted(options) {
  createClient({ url, ...options }).dispose();
}

test('no options, and what is no object', () => {
  for (const options of [undefined, null, 1, 'http://x', [], () => {}]) refused(options, 'options');
});

test('url and httpUrl', () => {
  refused({}, 'url');
  refused({ url: undefined }, 'url');
  for (const value of [null, 1, '', {}, true]) {
    refused({ url: value }, 'url');
    refused({ url, httpUrl: value }, 'httpUrl');
  }
  refused({ url: new URL(url) }, 'url');
  accepted({ url: () => url, httpUrl: async () => url });
});

const available = {
  dialect: { good: ['graphql-sse', 'plain'], bad: ['mongooseim', '', null, 1] },
  method: { good: ['GET', 'POST'], bad: ['get', 'PUT', null, {}] },
  connectTimeoutMs: { good: [1, 1.5, Infinity], bad: [0, -1, NaN, '15', null] },
  headStartMs: { good: [1, 4_000, false], bad: [0, -1, NaN, '4', null, true, Infinity] },
  retryAttempts: { good: [0, 1, 5, Infinity], bad: [-1, 1.5, NaN, '5', null, -Infinity] },
  retry: { good: [async () => {}], bad: [5, null, 'later'] },
  resubscribe: { good: [true, false], bad: ['yes', 0, null] },
  credentials: { good: ['omit', 'same-origin', 'include'], bad: ['all', true, null] },
  headers: { good: [{}, { a: 'b' }, () => ({})], bad: [null, 'a: b', 1, []] },
  referrer: { good: ['', 'about:client'], bad: [1, null] },
  referrerPolicy: { good: ['no-referrer'], bad: [1, null, {}] },
  fetchFn: { good: [fetch], bad: [null, 'fetch', {}] },
  abortControllerImpl: { good: [AbortController], bad: [null, {}] },
  generateID: { good: [() => 'id'], bad: ['id', null] },
  onMessage: { good: [() => {}], bad: [null, {}] },
  fallForward: { good: [true, false], bad: ['yes', 0, null] },
  renewAfterMs: { good: [1, 600_000, Infinity, () => 1], bad: [0, -1, NaN, '1', null] },
  whenHidden: { good: ['slow', 'pause', 'same'], bad: ['stop', true, null] },
  overlap: { good: [true, false], bad: ['yes', 0, null] },
  lastEventId: { good: [true, false], bad: ['7', 1, null] },
  continuity: { good: [{}, { key: 'a.b' }, () => undefined], bad: [null, 'id', []] },
  singleConnection: { good: [false, true, 'auto'], bad: ['always', null, 0] },
  maxStreams: { good: [1, 4, 100, Infinity], bad: [0, -1, 1.5, NaN, '4', null] },
  onNonLazyError: { good: [() => {}], bad: [null, 'warn'] },
  on: { good: [{}, { connecting() {}, connected() {}, message() {} }, { message: undefined }], bad: [null, () => {}, 'message'] },
};

for (const [name, { good, bad }] of Object.entries(available)) {
  test(`${name}: right and wrong values`, () => {
    for (const value of [undefined, ...good]) accepted({ [name]: value });
    for (const value of bad) refused({ url, [name]: value }, name);
  });
}

test('maxStreams: one alone cannot be kept free for a shared stream', () => {
  refused({ url, maxStreams: 1, singleConnection: 'auto' }, 'maxStreams', /2 or more/);
  for (const singleConnection of [true, false]) accepted({ maxStreams: 1, singleConnection });
  accepted({ maxStreams: 2, singleConnection: 'auto' });
});

test('headers: each of them', () => {
  for (const value of [undefined, null, 1, ['b']]) refused({ url, headers: { 'x-a': 'a', 'x-b': value } }, 'headers.x-b', /must be a string/);
});

test('the first fault is named', () => refused({ method: 'PUT', dialect: 'other' }, 'method'));

test('options are read once: what is changed later is not', (t) => {
  const options = { url, transports: ['fetch'] };
  const client = createClient(options);
  t.after(() => client.dispose());
  options.url = 1;
  client.subscribe(SUBSCRIPTION, new Recorder())();
  assert.throws(() => createClient({ get url() { throw new RangeError('no url'); } }), RangeError);
});

test('inherited options count', () => {
  refused(Object.create({ url, method: 'PUT' }), 'method');
  createClient(Object.create({ url })).dispose();
});

test('on: each listener', () => {
  for (const name of ['connecting', 'connected', 'message']) refused({ url, on: { [name]: true } }, `on.${name}`, /must be a function/);
  refused({ url, on: { closed() {} } }, 'on.closed', /no such listener/);
});

test('backoff: each part', () => {
  accepted({ backoff: {} });
  accepted({ backoff: { initialMs: 1, maxMs: 1, factor: 1 } });
  accepted({ backoff: { initialMs: undefined, maxMs: undefined, factor: undefined } });
  for (const value of [null, 500, 'slow', () => 1]) refused({ url, backoff: value }, 'backoff');
  for (const initialMs of [0, -1, NaN, '1', null]) refused({ url, backoff: { initialMs } }, 'backoff.initialMs');
  refused({ url, backoff: { initialMs: 2000, maxMs: 1000 } }, 'backoff.initialMs', /maxMs/);
  for (const maxMs of [-1, NaN, '1']) refused({ url, backoff: { maxMs } }, 'backoff.maxMs');
  for (const factor of [0, 0.5, -1, NaN, Infinity, '2', null]) refused({ url, backoff: { factor } }, 'backoff.factor');
  refused({ url, backoff: { jitter: true } }, 'backoff.jitter');
  refused({ url, backoff: {}, retry: async () => {} }, 'backoff', /retry\(\)/);
});

test('transports', () => {
  accepted({ transports: ['fetch'] });
  for (const transports of [null, 'fetch', {}]) refused({ url, transports }, 'transports');
  for (const item of ['telnet', 1, 'Fetch', null, undefined]) refused({ url, transports: ['fetch', item] }, 'transports.1');
  refused({ url, transports: [] }, 'transports', /at least one/);
  refused({ url, transports: ['fetch', 'fetch'] }, 'transports', /twice/);
  refused({ url, transports: ['fetch', 'fetch', 'fetch', 'fetch'] }, 'transports', /each once/);
  refused({ url, transports: ['fetch', 'websocket'] }, 'transports', /set websocket.url as well/);
});

test('websocket', (t) => {
  const before = globalThis.WebSocket;
  t.after(() => void (globalThis.WebSocket = before));
  const websocket = { url: 'ws://127.0.0.1:9/graphql' };
  globalThis.WebSocket = class {};
  for (const connectionParams of [undefined, {}, { a: 1 }, async () => ({})]) accepted({ websocket: { ...websocket, connectionParams } });
  accepted({ websocket: { url: () => websocket.url } });
  accepted({ websocket, transports: ['websocket'] });
  refused({ url, websocket, transports: ['websocket'], lastEventId: true }, 'lastEventId', /only fetch/);
  for (const value of [null, 'ws://x', [], true]) refused({ url, websocket: value }, 'websocket');
  for (const value of [undefined, null, '', 1]) refused({ url, websocket: { url: value } }, 'websocket.url');
  for (const connectionParams of [null, 'token', []]) refused({ url, websocket: { ...websocket, connectionParams } }, 'websocket.connectionParams');
  refused({ url, websocket: { ...websocket, keepAlive: 1 } }, 'websocket.keepAlive', /not known/);
  for (const webSocketImpl of [null, 'ws', {}, true]) refused({ url, websocket: { ...websocket, webSocketImpl } }, 'websocket.webSocketImpl', /must be a function/);
  accepted({ websocket: { ...websocket, webSocketImpl: undefined }, transports: ['websocket'] });
  refused({ url, websocket, transports: ['fetch'] }, 'websocket', /transports leaves it out/);
});

test('websocket, where there is none', (t) => {
  const before = globalThis.WebSocket;
  t.after(() => void (globalThis.WebSocket = before));
  delete globalThis.WebSocket;
  const websocket = { url: 'ws://127.0.0.1:9/graphql' };
  const ladder = (options) => {
    const client = createClient({ url, ...options });
    const rungs = client.snapshot().ladder.map(({ transport, usable, reason }) => [transport, usable, reason]);
    client.dispose();
    return rungs;
  };
  const why = 'there is no WebSocket here, and websocket.webSocketImpl is not set (for Node, the package ws has one)';
  assert.deepEqual(ladder({ websocket }), [['fetch', true, undefined], ['websocket', false, why]]);
  assert.deepEqual(ladder({ websocket, transports: ['websocket', 'fetch'] }), [['websocket', false, why], ['fetch', true, undefined]]);
  refused({ url, websocket, transports: ['websocket'] }, 'transports', /webSocketImpl is not set.*; take websocket out of transports, or change that/);
  refused({ url, websocket, transports: ['eventsource', 'websocket'], method: 'GET' }, 'transports', /webSocketImpl is not set/);
  const given = { websocket: { ...websocket, webSocketImpl: class {} } };
  assert.deepEqual(ladder({ ...given, transports: ['websocket'] }), [['websocket', true, undefined]]);
});

test('continuity: each of its fields, and what they need of each other', () => {
  const backfill = async () => [];
  const continuity = (fields) => ({ url, continuity: fields });
  accepted(continuity({ key: 'id', backfill, startAfter: 'm1', auditMs: 1000, remember: 1, maxWaiting: 1, settleMs: 0, backfillTimeoutMs: 1, sequence: 'n', reorderMs: 0 }));
  accepted(continuity({ key: () => 'a' }));
  const bad = {
    key: [1, null, '', {}], remember: [0, 1.5, '1', null], startAfter: [1, null], backfill: [true, null], backfillTimeoutMs: [0, -1, NaN],
    maxWaiting: [0, 0.5], settleMs: [-1, '2'], auditMs: [0, -1, NaN], sequence: [1, '', null], reorderMs: [-1, NaN], hydrate: [true, null],
  };
  for (const [name, values] of Object.entries(bad)) {
    for (const value of values) refused(continuity({ key: 'id', backfill, [name]: value }), `continuity.${name}`);
  }
  refused(continuity({ backfill }), 'continuity.backfill', /needs continuity.key/);
  refused(continuity({ key: 'id', startAfter: 'm1' }), 'continuity.startAfter', /needs continuity.backfill/);
  refused(continuity({ key: 'id', auditMs: 1 }), 'continuity.auditMs', /needs continuity.backfill/);
  accepted(continuity({ hydrate: backfill }));
  refused(continuity({ keys: 'id' }), 'continuity.keys', /not known/);
});

test('continuity of one operation, and of the function for all', (t) => {
  const client = createClient({ url, continuity: (request) => (request.query === 'subscription { a }' ? { backfill: () => [] } : undefined) });
  t.after(() => client.dispose());
  const sink = new Recorder();
  assert.throws(() => client.subscribe({ query: 'subscription { a }' }, sink), failure('option', /continuity\.backfill: needs continuity\.key/));
  assert.throws(() => client.subscribe(SUBSCRIPTION, sink, { continuity: { auditMs: 1 } }), failure('option', /continuity\.auditMs/));
  assert.throws(() => client.subscribe(SUBSCRIPTION, sink, { continuity: [] }), failure('option', /continuity/));
  client.subscribe(SUBSCRIPTION, sink)();
});

test('eventsource that is asked for and impossible: the option that rules it out is named', (t) => {
  globalThis.EventSource ??= class {};
  t.after(() => delete globalThis.EventSource);
  const listed = { url, transports: ['eventsource', 'fetch'], method: 'GET' };
  accepted(listed);
  refused({ ...listed, method: 'POST' }, 'method');
  refused({ ...listed, method: undefined }, 'method');
  refused({ ...listed, fetchFn: fetch }, 'fetchFn');
  refused({ ...listed, headers: { a: 'b' } }, 'headers');
  refused({ ...listed, credentials: 'omit' }, 'credentials');
  refused({ ...listed, referrer: 'about:client' }, 'referrer');
  refused({ ...listed, referrerPolicy: 'no-referrer' }, 'referrer');
  accepted({ ...listed, headers: () => ({}) });
  accepted({ ...listed, headers: {} });
});

test('eventsource where there is none: refused alone, left out beside another', () => {
  assert.equal(typeof globalThis.EventSource, 'undefined');
  refused({ url, method: 'GET', transports: ['eventsource'] }, 'transports');
  const client = createClient({ url, method: 'GET', transports: ['eventsource', 'fetch'] });
  const [first, second] = client.snapshot().ladder;
  assert.deepEqual([first.transport, first.usable, second], ['eventsource', false, { transport: 'fetch', usable: true, reason: undefined }]);
  assert.match(first.reason, /./);
  client.dispose();
});

test('breaker: each part', () => {
  accepted({ breaker: {} });
  accepted({ breaker: { window: 64, minCalls: 64, failureRate: 1, openMs: 1, maxOpenMs: Infinity, minHealthyMs: 0, persist: 'key' } });
  for (const value of [null, 1, 'on', false, []]) refused({ url, breaker: value }, 'breaker');
  for (const window of [0, 65, 1.5, NaN, '10']) refused({ url, breaker: { window } }, 'breaker.window');
  for (const minCalls of [0, 11, -1, '3']) refused({ url, breaker: { minCalls } }, 'breaker.minCalls');
  for (const failureRate of [0, 1.1, -1, NaN, '0.5']) refused({ url, breaker: { failureRate } }, 'breaker.failureRate');
  for (const openMs of [0, -1, 60_001, NaN, '1']) refused({ url, breaker: { openMs } }, 'breaker.openMs');
  refused({ url, breaker: { maxOpenMs: 1 } }, 'breaker.openMs', /maxOpenMs/);
  refused({ url, breaker: { minHealthyMs: -1 } }, 'breaker.minHealthyMs');
  refused({ url, breaker: { persist: true } }, 'breaker.persist');
  refused({ url, breaker: { threshold: 1 } }, 'breaker.threshold', /not known/);
});

test('retryBudget: each part', () => {
  accepted({ retryBudget: {} });
  accepted({ retryBudget: { capacity: 1, perSecond: 0.1 } });
  for (const value of [null, 10, false]) refused({ url, retryBudget: value }, 'retryBudget');
  for (const capacity of [0, 1.5, Infinity, NaN, '1']) refused({ url, retryBudget: { capacity } }, 'retryBudget.capacity');
  for (const perSecond of [0, -1, Infinity, NaN, '1']) refused({ url, retryBudget: { perSecond } }, 'retryBudget.perSecond');
  refused({ url, retryBudget: { tokens: 1 } }, 'retryBudget.tokens', /not known/);
});

test('stall: each part', () => {
  for (const value of [false, {}, { silenceMs: 'auto' }, { silenceMs: 1, probe: () => true, probeTimeoutMs: 1 }]) accepted({ stall: value });
  for (const value of [null, true, 30_000, 'auto']) refused({ url, stall: value }, 'stall');
  for (const silenceMs of [0, -1, NaN, '30', null]) refused({ url, stall: { silenceMs } }, 'stall.silenceMs');
  refused({ url, stall: { probe: true } }, 'stall.probe');
  for (const probeTimeoutMs of [0, -1, NaN]) refused({ url, stall: { probe: () => true, probeTimeoutMs } }, 'stall.probeTimeoutMs');
  refused({ url, stall: { afterMs: 1 } }, 'stall.afterMs', /not known/);
});

test('incremental', () => {
  for (const incremental of ['merge', 'final', 'raw']) accepted({ incremental });
  for (const incremental of [null, true, false, 'Merge', '', 0]) refused({ url, incremental }, 'incremental', /'merge', 'final' or 'raw'/);
});

test('payload: each part', () => {
  for (const value of [{}, { maxBytes: 1, warnBytes: 0 }, { maxBytes: 2 ** 28, warnBytes: 2 ** 40 }]) accepted({ payload: value });
  for (const value of [null, 1, true, []]) refused({ url, payload: value }, 'payload');
  for (const maxBytes of [0, -1, 2 ** 28 + 1, 2 ** 32 + 1, 1.5, NaN, Infinity, '1']) refused({ url, payload: { maxBytes } }, 'payload.maxBytes');
  for (const warnBytes of [1.5, NaN, Infinity, '1', null]) refused({ url, payload: { warnBytes } }, 'payload.warnBytes');
  refused({ url, payload: { minBytes: 1 } }, 'payload.minBytes', /not known/);
});

test('singleConnection: what goes with it', () => {
  accepted({ singleConnection: true, lazy: true, lazyCloseTimeout: 1 });
  accepted({ singleConnection: 'auto', lazyCloseTimeout: 1 });
  for (const lazy of [null, 0, 'no']) refused({ url, singleConnection: true, lazy }, 'lazy');
  for (const lazyCloseTimeout of [-1, NaN, '1']) refused({ url, singleConnection: true, lazyCloseTimeout }, 'lazyCloseTimeout');
  for (const singleConnection of [undefined, false, 'auto']) refused({ url, singleConnection, lazy: false }, 'lazy', /singleConnection: true/);
  refused({ url, lazyCloseTimeout: 1 }, 'lazyCloseTimeout', /singleConnection/);
  for (const singleConnection of [true, 'auto']) {
    refused({ url, singleConnection, dialect: 'plain' }, 'singleConnection', /plain/);
    refused({ url, singleConnection, method: 'GET', transports: ['eventsource'] }, 'singleConnection', /add fetch/);
  }
  refused({ url, singleConnection: true, method: 'GET', transports: ['eventsource', 'fetch'] }, 'singleConnection', /eventsource/);
});

test('unknown options', () => {
  for (const name of ['retryAttempt', 'Url', 'shouldRetry', 'toString', 'headers.a', 'backoff.maxMs', '', 'connectionParams', 'ü']) refused({ url, [name]: 1 }, name, /not known/);
  refused({ url, ...JSON.parse('{"__proto__": 1}') }, '__proto__', /not known/);
  accepted({ unknown: undefined });
});

test('fetch and AbortController that are nowhere', (t) => {
  const { fetch: kept, AbortController: Kept } = globalThis;
  t.after(() => Object.assign(globalThis, { fetch: kept, AbortController: Kept }));
  globalThis.fetch = undefined;
  refused({ url }, 'fetchFn', /no global/);
  accepted({ fetchFn: kept });
  globalThis.fetch = kept;
  globalThis.AbortController = undefined;
  refused({ url }, 'abortControllerImpl', /no global/);
  accepted({ abortControllerImpl: Kept });
});

test('subscribe, iterate: unknown options', (t) => {
  const client = connect(t, url, { fetchFn: () => new Promise(() => {}) });
  for (const name of ['continuity', 'onNext', 'retryAttempts']) {
    assert.throws(() => client.subscribe(SUBSCRIPTION, new Recorder(), { [name]: 1 }), failure('option', new RegExp(`option ${name} `)));
    assert.throws(() => client.iterate(SUBSCRIPTION, { [name]: 1 }), failure('option', new RegExp(`option ${name} `)));
  }
  assert.equal(client.snapshot().operations.length, 0);
  const nothing = { signal: undefined, resubscribe: undefined, gap: undefined, state: undefined, continuity: undefined };
  client.subscribe(SUBSCRIPTION, new Recorder(), nothing)();
});

test('subscribe: resubscribe true is refused for side effects', (t) => {
  const client = connect(t, url, { fetchFn: () => new Promise(() => {}) });
  for (const query of ['mutation { a }', 'query { a }', '{ a }']) {
    assert.throws(() => client.subscribe({ query }, new Recorder(), { resubscribe: true }), failure('option', /resubscribe/));
  }
  client.subscribe(SUBSCRIPTION, new Recorder(), { resubscribe: true });
  client.subscribe({ extensions: { persistedQuery: {} } }, new Recorder(), { resubscribe: true });
});

test('subscribe: what is no signal starts nothing', (t) => {
  const client = connect(t, url, { fetchFn: () => new Promise(() => {}) });
  for (const signal of [{}, 'abort', 1]) assert.throws(() => client.subscribe(SUBSCRIPTION, new Recorder(), { signal }));
  assert.equal(client.snapshot().operations.length, 0);
});

test('subscribe: what is no request', (t) => {
  const client = connect(t, url, { fetchFn: () => new Promise(() => {}) });
  for (const request of [undefined, null, 'subscription { n }', {}, { query: 1 }, { query: null }, { query: {} }, { variables: {} }]) {
    assert.throws(() => client.subscribe(request, new Recorder()), failure('option', /the request must/));
  }
  const circular = {};
  circular.self = circular;
  assert.throws(() => client.subscribe({ ...SUBSCRIPTION, variables: circular }, new Recorder()), TypeError);
  assert.equal(client.snapshot().operations.length, 0);
});

test('client.on: unknown events and what is no listener', (t) => {
  const client = connect(t, url);
  for (const name of ['limits', 'oversized', 'connecting', 'toString', undefined]) assert.throws(() => client.on(name, () => {}), failure('option', /there is no event/));
  assert.throws(() => client.on('state', undefined), failure('option', /must be a function/));
});

test('connectTimeoutMs: headers that never come', async (t) => {
  const server = await serve(t, (exchange, n) => {
    if (n > 0) exchange.stream().complete();
  });
  const sink = new Recorder();
  // The second one has to be answered within that time, on a busy machine too.
  const client = connect(t, server.url, { connectTimeoutMs: 2_000 });
  const codes = [];
  client.on('retry', ({ error }) => codes.push(error.code));
  client.subscribe(SUBSCRIPTION, sink);
  const exchange = await server.exchange(0);
  await exchange.gone();
  await sink.completed();
  await settled();
  assert.deepEqual([codes, server.exchanges.length], [['timeout'], 2]);
});
