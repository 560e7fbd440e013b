/**
 * The options of `createClient`, one by one: known, and of the right type. What they mean together,
 * and every default, is the module's (src/config.rs).
 */

import { CREDENTIALS, DIALECTS, METHODS, type Settings, TRANSPORTS } from './core.js';
import { LifelineError } from './errors.js';
import type { ClientOptions } from './types.js';

/** What a value must be, and whether it is that; of an object also what its fields must be. */
type Rule = readonly [wants: string, accepts: (value: unknown) => boolean, fields?: Rules];
/** `''` is for names that are not listed. */
type Rules = { readonly __proto__: null; readonly [name: string]: Rule | null };

const is = (type: string) => (value: unknown): boolean => typeof value === type;
const among = (names: readonly unknown[]) => (value: unknown): boolean => names.includes(value);
const none = (): boolean => false;
const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isPositive = (value: unknown): boolean => (value as number) >= 0 && typeof value === 'number';

const url: Rule = ['must be a URL as a string, or a function that returns one', (value) => is('function')(value) || (is('string')(value) && value !== '')];
const text: Rule = ['must be a string', is('string')];
const ms: Rule = ['must be a number of milliseconds, 0 or more', isPositive];
const number: Rule = ['must be a number', isPositive];
const whole: Rule = ['must be a whole number', Number.isInteger];
const call: Rule = ['must be a function', is('function')];
const later: Rule = ['is not available in this version', none];

/** All there are. */
export const RULES: Rules = {
  __proto__: null,
  url,
  httpUrl: url,
  dialect: ["must be 'graphql-sse' or 'plain'", among(DIALECTS)],
  method: ["must be 'POST' or 'GET'", among(METHODS)],
  transports: [
    "must be a list of 'eventsource' and 'fetch'",
    Array.isArray,
    { __proto__: null, '': ["must be 'eventsource' or 'fetch'; websocket is not available in this version", among(TRANSPORTS)] },
  ],
  connectTimeoutMs: ms,
  retryAttempts: ['must be a whole number, 0 or more, or Infinity', (value) => isPositive(value) && (value === Infinity || Number.isInteger(value))],
  backoff: [
    'must be an object: { initialMs, maxMs, factor }',
    isRecord,
    { __proto__: null, initialMs: ms, maxMs: ms, factor: number, '': ['is not known: initialMs, maxMs, factor', none] },
  ],
  breaker: [
    'must be an object: { window, minCalls, failureRate, openMs, maxOpenMs, minHealthyMs, persist }',
    isRecord,
    {
      __proto__: null,
      window: whole,
      minCalls: whole,
      failureRate: number,
      openMs: ms,
      maxOpenMs: ms,
      minHealthyMs: ms,
      persist: text,
      '': ['is not known: window, minCalls, failureRate, openMs, maxOpenMs, minHealthyMs, persist', none],
    },
  ],
  retryBudget: [
    'must be an object: { capacity, perSecond }',
    isRecord,
    { __proto__: null, capacity: whole, perSecond: number, '': ['is not known: capacity, perSecond', none] },
  ],
  stall: [
    'must be false, or an object: { silenceMs, probe, probeTimeoutMs }',
    (value) => value === false || isRecord(value),
    {
      __proto__: null,
      silenceMs: ["must be a number of milliseconds, or 'auto'", (value) => value === 'auto' || isPositive(value)],
      probe: call,
      probeTimeoutMs: ms,
      '': ['is not known: silenceMs, probe, probeTimeoutMs', none],
    },
  ],
  retry: call,
  resubscribe: ['must be true or false', is('boolean')],
  credentials: ["must be 'omit', 'same-origin' or 'include'", among(CREDENTIALS)],
  headers: ['must be an object of strings, or a function', (value) => is('function')(value) || isRecord(value), { __proto__: null, '': text }],
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
  singleConnection: [later[0], among([false])],
  websocket: later,
  maxStreams: later,
  overlap: later,
  fallForward: later,
  renewAfterMs: later,
  whenHidden: later,
  payload: later,
  incremental: later,
  lastEventId: later,
  continuity: later,
  lazy: later,
  lazyCloseTimeout: later,
  onNonLazyError: later,
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
    // its items as the digits of a number
    transports?.reduce((digits, name) => digits * 8 + TRANSPORTS.indexOf(name) + 1, 0) ?? NaN,
    options.connectTimeoutMs ?? NaN,
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
  ];
}
