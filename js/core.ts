/** The surface of the WebAssembly module, as TypeScript sees it. */

import type { ResponseLike } from './errors.js';
import type { RequestParams } from './operation.js';
import type {
  BreakerState, ClientOptions, Dialect, ExecutionResult, GapReason, Judgement, LimitAction, OperationSnapshot, OversizeReason, Snapshot, State, Transport,
} from './types.js';

// Enumerations cross by number: the order is that of the types in src/ (io.rs, config.rs, document.rs, dialect/; error.rs for `ErrorCode`).
export const STATES: readonly State[] = ['idle', 'live', 'suspect', 'connecting', 'waiting', 'suspended', 'offline', 'hidden', 'closed'];
export const TRANSPORTS: readonly Transport[] = ['eventsource', 'fetch', 'websocket'];
export const DIALECTS: readonly (Dialect | undefined)[] = ['graphql-sse', 'plain'];
export const METHODS: readonly ClientOptions['method'][] = ['GET', 'POST'];
export const CREDENTIALS: readonly ClientOptions['credentials'][] = ['omit', 'same-origin', 'include'];
export const WHEN_HIDDEN: readonly ClientOptions['whenHidden'][] = ['slow', 'pause', 'same'];
export const SHARING: readonly (boolean | 'auto')[] = [false, true, 'auto'];
export const INCREMENTAL: readonly ClientOptions['incremental'][] = ['merge', 'final', 'raw'];
export const LIMITS: readonly LimitAction[] = ['wait', 'share', 'websocket', 'distinct'];
export const EXCESSES: readonly OversizeReason[] = ['large', 'dropped', 'cut', 'backfill'];
export const KINDS: readonly OperationSnapshot['kind'][] = ['subscription', 'query', 'mutation', 'unknown'];
export const POSITIONS: readonly BreakerState[] = ['closed', 'open', 'half-open'];
export const JUDGEMENTS: readonly Judgement[] = ['alive', 'suspect', 'stalled'];
export const GAP_REASONS: readonly GapReason[] = [
  'initial', 'reconnect', 'stalled', 'malformed', 'oversize', 'segment', 'hydrate', 'overflow', 'hole', 'audit',
];

/** The options, as numbers; the names and their order are those of `Setting` in src/web/js_settings.rs. `NaN` is what is not set. */
export type Settings = readonly [
  dialect: number,
  method: number,
  first: number,
  second: number,
  third: number,
  connectTimeoutMs: number,
  headStartMs: number,
  retryAttempts: number,
  backoff: number,
  backoffInitialMs: number,
  backoffMaxMs: number,
  backoffFactor: number,
  ownRetry: number,
  resubscribe: number,
  credentials: number,
  headers: number,
  ownFetch: number,
  referrer: number,
  breakerWindow: number,
  breakerMinCalls: number,
  breakerFailureRate: number,
  breakerOpenMs: number,
  breakerMaxOpenMs: number,
  breakerMinHealthyMs: number,
  budgetCapacity: number,
  budgetPerSecond: number,
  stall: number,
  silenceMs: number,
  probeTimeoutMs: number,
  pongTimeoutMs: number,
  websocket: number,
  ownSocket: number,
  fallForward: number,
  lastEventId: number,
  overlap: number,
  ownUrl: number,
  whenHidden: number,
  singleConnection: number,
  lazy: number,
  lazyCloseTimeout: number,
  incremental: number,
  maxBytes: number,
  warnBytes: number,
];

/** What is known of an operation's results, as numbers; the names and their order are those of `Rule` in src/web/js_settings.rs. */
export type Rules = readonly [
  key: number,
  remember: number,
  backfill: number,
  backfillTimeoutMs: number,
  maxWaiting: number,
  settleMs: number,
  auditMs: number,
  reorderMs: number,
  hydrate: number,
];

/** The same of what is text: `RuleText`. */
export type RuleTexts = readonly [startAfter: string | undefined, sequence: string | undefined];

/** What a client can be told in numbers; src/web/js_client.rs has the same. */
export const FREE = 0;
export const END = 1;
export const RECONNECT = 2;
export const ISOLATE = 3;
export const RESET = 4;
export const START = 5;
export type Act = 0 | 1 | 2 | 3 | 4 | 5;

/** What the module exports (src/web/js_client.rs). Clients go by their numbers. */
export interface Core {
  lifeline_create(options: ClientOptions, host: Host): number;
  lifeline_subscribe(
    client: number,
    request: RequestParams,
    query: string,
    operationName: string | undefined,
    once: boolean,
    resubscribe: boolean | undefined,
  ): number;
  /**
   * `about` is a backfill's round, and a count below 0 says that it has failed, with this. Below 0 it is the ticket of
   * hydrate: a count below 0 says that this is the whole; otherwise it has failed, and is tried again after so many ms, or NaN: not.
   */
  lifeline_answered(client: number, op: number, about: number, answer: unknown, count: number): void;
  /** `about` is an operation, 0 for all of them, or a transport. */
  lifeline_act(client: number, act: Act, about: number): void;
  lifeline_snapshot(client: number): Snapshot;
  lifeline_bytes(client: number, ...news: unknown[]): void;
  lifeline_news(client: number, ...news: unknown[]): void;
}

/** The module's glue. */
export interface Glue extends Core {
  initSync(start: { module: WebAssembly.Module }): unknown;
}

/** The module's connections (src/web/shell.js). */
export interface Shell {
  /** Closes everything, also when the module is dead. */
  closeAll(): void;
  /** Keeps a function for keys, or makes one of a path; its number. */
  keepKey(key: string | ((result: ExecutionResult) => unknown)): number;
  dropKey(number: number): void;
}

/** What the module calls. Nothing here may throw: the module would not survive it. */
export interface Host {
  /** What the module's connections call, once the client has a number: the module's own functions for it. */
  bytes?(...news: unknown[]): void;
  news?(...news: unknown[]): void;
  /** A number by its place; `Asked` in src/web/js_host.rs says of what. */
  number(asked: number, place: number): number;
  /** One of `RuleTexts` of the operation that is started next. */
  ruleText(place: number): string | undefined;
  /** Something for the application; `Told` in src/web/js_host.rs says what. What is no number, or not there, is `NaN`. */
  tell(told: number, op: number, first: number, second: number, third: number, text: string | undefined, value: unknown): void;
  /** Gives the client's connections, to be closed from outside should the module trap. */
  hold(shell: Shell): void;
  makeError(
    code: number,
    message: string,
    retryable: boolean,
    status: number | undefined,
    transport: number | undefined,
    retryAfterMs: number | undefined,
    body: unknown,
    cause: unknown,
    response: ResponseLike | undefined,
  ): unknown;
  snapshot(
    state: number,
    transport: number | undefined,
    results: number,
    attempts: number,
    failures: number,
    gaps: number,
    ignored: number,
    oversize: number,
  ): unknown;
  operation(
    snapshot: unknown,
    id: number,
    operationName: string | undefined,
    kind: number,
    state: number,
    transport: number | undefined,
    attempt: number,
    retries: number,
    retryAt: number | undefined,
  ): unknown;
  breakerOf(snapshot: unknown, transport: number, position: number, openings: number): void;
  sizesOf(snapshot: unknown, transport: number, bytes: number, largest: number, unfinished: number, ceiling: number, ...histogram: number[]): void;
  rung(owner: unknown, transport: number, reason: string | undefined): void;
}
