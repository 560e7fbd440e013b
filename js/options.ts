/**
 * The options of `createClient`, one by one: known, and of the right type. What they mean together,
 * and every default, is the module's (src/config.rs).
 */

import { CREDENTIALS, DIALECTS, INCREMENTAL, METHODS, type RuleTexts, type Rules as RuleNumbers, type Settings, SHARING, TRANSPORTS, WHEN_HIDDEN } from './core.js';
import { LifelineError } from './errors.js';
import type { ClientOptions, Continuity, Transport } from './types.js';

/** What a value must be, and whether it is that; of an object also what its fields must be. */
type Rule = readonly [wants: string, accepts: (value: unknown) => boolean, fields?: Rules];
/** `''` is for names that are not listed. */
type Rules = { readonly __proto__: null; readonly [name: string]: Rule | null };

const is = (type: string) => (value: unknown): boolean => typeof value === type;
const among = (names: readonly unknown[]) => (value: unknown): boolean => names.includes(value);
const none = (): boolean => false;
const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCall = is('function');
const isFilled = (value: unknown): boolean => is('string')(value) && value !== '';
const isRecordOrCall = (value: unknown): boolean => isCall(value) || isRecord(value);
const flag: Rule = ['must be true or false', is('boolean')];
const isPositive = (value: unknown): boolean => (value as number) >= 0 && typeof value === 'number';

const url: Rule = ['must be a URL as a string, or a function that returns one', (value) => isCall(value) || isFilled(value)];
const text: Rule = ['must be a string', is('string')];
const ms: Rule = ['must be a number of milliseconds, 0 or more', isPositive];
const number: Rule = ['must be a number', isPositive];
const whole: Rule = ['must be a whole number', Number.isInteger];
const call: Rule = ['must be a function', isCall];
const given = 'must be an object, or a function that returns one';

const path: Rule = ['must be a path of field names with dots between', isFilled];

/** An object of these fields and no others. */
function group(fields: Omit<Rules, '__proto__'>, accepts = isRecord, or = ''): Rule {
  const names = Object.keys(fields).join(', ');
  return [`must be ${or}an object: { ${names} }`, accepts, { __proto__: null, ...fields, '': [`is not known: ${names}`, none] }];
}

/** Those of `continuity`. */
const CONTINUITY: Rules = {
  __proto__: null,
  key: [`${path[0]}, or a function`, (value) => isCall(value) || isFilled(value)],
  remember: whole,
  startAfter: text,
  backfill: call,
  backfillTimeoutMs: ms,
  maxWaiting: whole,
  settleMs: ms,
  auditMs: ms,
  sequence: path,
  reorderMs: ms,
  hydrate: call,
  '': ['is not known; is it spelt right?', none],
};

/** All there are. */
export const RULES: Rules = {
  __proto__: null,
  url,
  httpUrl: url,
  dialect: ["must be 'graphql-sse' or 'plain'", among(DIALECTS)],
  method: ["must be 'POST' or 'GET'", among(METHODS)],
  transports: [
    "must be a list of 'eventsource', 'fetch' and 'websocket', each once",
    (value) => Array.isArray(value) && value.length <= TRANSPORTS.length,
    { __proto__: null, '': ["must be 'eventsource', 'fetch' or 'websocket'", among(TRANSPORTS)] },
  ],
  connectTimeoutMs: ms,
  headStartMs: ['must be a number of milliseconds over 0, or false', (value) => value === false || (isPositive(value) && value !== 0 && value !== Infinity)],
  retryAttempts: ['must be a whole number, 0 or more, or Infinity', (value) => isPositive(value) && (value === Infinity || Number.isInteger(value))],
  backoff: group({ initialMs: ms, maxMs: ms, factor: number }),
  breaker: group({ window: whole, minCalls: whole, failureRate: number, openMs: ms, maxOpenMs: ms, minHealthyMs: ms, persist: text }),
  retryBudget: group({ capacity: whole, perSecond: number }),
  stall: group(
    {
      silenceMs: ["must be a number of milliseconds, or 'auto'", (value) => value === 'auto' || isPositive(value)],
      probe: call,
      probeTimeoutMs: ms,
    },
    (value) => value === false || isRecord(value),
    'false, or ',
  ),
  retry: call,
  resubscribe: flag,
  credentials: ["must be 'omit', 'same-origin' or 'include'", among(CREDENTIALS)],
  headers: ['must be an object of strings, or a function', isRecordOrCall, { __proto__: null, '': text }],
  referrer: text,
  referrerPolicy: text,
  fetchFn: call,
  abortControllerImpl: call,
  generateID: call,
  onMessage: call,
  on: [
    'must be an object of listeners',
    isRecord,
    {
      __proto__: null,
      connecting: call,
      connected: call,
      message: call,
      '': ['is no such listener: connecting, connected, message; for the rest there is client.on()', none],
    },
  ],
  singleConnection: ["must be true, false or 'auto'", among(SHARING)],
  websocket: group({ url, connectionParams: [given, isRecordOrCall], webSocketImpl: call }),
  maxStreams: ['must be a whole number, 1 or more, or Infinity', (value) => isPositive(value) && (value === Infinity || (Number.isInteger(value) && value !== 0))],
  overlap: flag,
  fallForward: flag,
  renewAfterMs: ['must be a number of milliseconds over 0, or a function that returns one', (value) => isCall(value) || (isPositive(value) && value !== 0)],
  whenHidden: ["must be 'slow', 'pause' or 'same'", among(WHEN_HIDDEN)],
  payload: group({
    maxBytes: whole,
    warnBytes: whole,
    maxSegmentBytes: ['must be a whole number, 256 to 64000', (value) => whole[1](value) && (value as number) >= 256 && (value as number) <= 64_000],
  }),
  incremental: ["must be 'merge', 'final' or 'raw'", among(INCREMENTAL)],
  lastEventId: flag,
  continuity: [given, isRecordOrCall, CONTINUITY],
  lazy: flag,
  lazyCloseTimeout: ms,
  onNonLazyError: call,
  '': ['is not known; is it spelt right?', none],
};

const PROBE_TIMEOUT_MS = 5_000;

/** Options that have passed. */
type Options = { [name: string]: any };

/**
 * A copy of the options, every one of them known and of the right type; `undefined` is none.
 *
 * @throws {LifelineError} `option`, with the name of the first that is refused.
 */
export function checked(given: unknown): ClientOptions {
  if (!isRecord(given)) throw refused('options', 'must be an object with a url');
  const options = check(given as Options, RULES, '');
  if (options.url === undefined) throw refused('url', url[0]);
  if (options.websocket && options.websocket.url === undefined) throw refused('websocket.url', url[0]);
  // one is kept for the stream that is shared
  if (options.maxStreams === 1 && options.singleConnection === 'auto') throw refused('maxStreams', "must be 2 or more with singleConnection 'auto'");
  for (const [name, fallback] of [['fetchFn', 'fetch'], ['abortControllerImpl', 'AbortController']] as const) {
    if (!(options[name] ?? globalThis[fallback])) throw refused(name, 'must be given; there is no global one');
  }
  return options as unknown as ClientOptions;
}

function check(values: Options, rules: Rules, path: string): Options {
  const options: Options = {};
  for (const name in values) {
    const value = values[name];
    // among names that are free it is a mistake more often than a wish
    if (value === undefined && rules['']?.[1] === none) continue;
    const [wants, accepts, fields] = (rules[name] ?? rules['']) as Rule;
    if (!accepts(value)) throw refused(path + name, wants);
    if (fields && typeof value === 'object') check(value, fields, `${name}.`);
    options[name] = value;
  }
  return options;
}

function refused(option: string, why: string): LifelineError {
  return new LifelineError('option', `option ${option}: ${why}`);
}

/** What the module wants to know of them. */
export function settings(options: ClientOptions): Settings {
  const { transports, backoff, headers, breaker, retryBudget } = options;
  const stall = options.stall || undefined;
  const order = (names: readonly unknown[], value: unknown): number => (value === undefined ? NaN : names.indexOf(value));
  return [
    order(DIALECTS, options.dialect),
    order(METHODS, options.method),
    ...([0, 1, 2].map((at) => (transports ? TRANSPORTS.indexOf(transports[at] as Transport) + 1 : NaN)) as [number, number, number]),
    options.connectTimeoutMs ?? NaN,
    options.headStartMs === false ? Infinity : options.headStartMs ?? NaN,
    options.retryAttempts ?? NaN,
    +!!backoff,
    backoff?.initialMs ?? NaN,
    backoff?.maxMs ?? NaN,
    backoff?.factor ?? NaN,
    +!!options.retry,
    +(options.resubscribe ?? NaN),
    order(CREDENTIALS, options.credentials),
    typeof headers === 'function' ? 1 : headers && Object.keys(headers).length > 0 ? 0 : NaN,
    +!!options.fetchFn,
    +((options.referrer ?? options.referrerPolicy) !== undefined),
    breaker?.window ?? NaN,
    breaker?.minCalls ?? NaN,
    breaker?.failureRate ?? NaN,
    breaker?.openMs ?? NaN,
    breaker?.maxOpenMs ?? NaN,
    breaker?.minHealthyMs ?? NaN,
    retryBudget?.capacity ?? NaN,
    retryBudget?.perSecond ?? NaN,
    stall ? 1 : +(options.stall ?? NaN),
    typeof stall?.silenceMs === 'number' ? stall.silenceMs : NaN,
    stall?.probe ? stall.probeTimeoutMs ?? PROBE_TIMEOUT_MS : NaN,
    stall?.probeTimeoutMs ?? NaN,
    +!!options.websocket,
    +!!options.websocket?.webSocketImpl,
    +(options.fallForward ?? NaN),
    +!!options.lastEventId,
    +!!options.overlap,
    +[options.url, options.httpUrl].some(isCall),
    order(WHEN_HIDDEN, options.whenHidden),
    order(SHARING, options.singleConnection),
    +(options.lazy ?? NaN),
    options.lazyCloseTimeout ?? NaN,
    order(INCREMENTAL, options.incremental),
    options.payload?.maxBytes ?? NaN,
    options.payload?.warnBytes ?? NaN,
  ];
}

/** A copy of what an operation, or the client's function, says about continuity. */
export function checkedContinuity(given: unknown): Continuity {
  if (!isRecord(given)) throw refused('continuity', 'must be an object');
  return check(given as Options, CONTINUITY, 'continuity.') as Continuity;
}

/** What the module wants to know of it. `key` is the number of its function for keys. */
export function rules(continuity: Continuity | undefined, key: number): RuleNumbers {
  if (!continuity) return [NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN, NaN];
  return [
    continuity.key === undefined ? 0 : key + 1,
    continuity.remember ?? NaN,
    continuity.backfill ? 1 : NaN,
    continuity.backfillTimeoutMs ?? NaN,
    continuity.maxWaiting ?? NaN,
    continuity.settleMs ?? NaN,
    continuity.auditMs ?? NaN,
    continuity.reorderMs ?? NaN,
    continuity.hydrate ? 1 : NaN,
  ];
}

export function ruleTexts(continuity: Continuity | undefined): RuleTexts {
  const { startAfter, sequence } = continuity ?? {};
  return [startAfter, sequence];
}
