/** The public types of graphql-lifeline: what goes in, what comes out. */

import type { StreamData, StreamDataForID, StreamEvent } from './compat.js';
import type { LifelineError } from './errors.js';
import type { RequestParams, TextRequest, TypedRequest } from './operation.js';

/** An error in a GraphQL response, as the GraphQL specification formats it. */
export interface GraphQLFormattedError {
  readonly message: string;
  readonly locations?: ReadonlyArray<{ readonly line: number; readonly column: number }>;
  readonly path?: ReadonlyArray<string | number>;
  readonly extensions?: { readonly [key: string]: unknown };
}

/** One result of an operation. */
export interface ExecutionResult<Data = Record<string, unknown>, Extensions = Record<string, unknown>> {
  readonly data?: Data | null;
  readonly errors?: ReadonlyArray<GraphQLFormattedError>;
  readonly extensions?: Extensions;
  /** `true`: of a result that comes in parts, there is more to come (see `ClientOptions.incremental`). */
  readonly hasNext?: boolean;
}

/** Where the results of one operation go. After `error` or `complete` nothing more comes. */
export interface Sink<T = unknown> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * How a server speaks GraphQL on an event stream.
 * `graphql-sse`: events named `next` and `complete` (the protocol's distinct connections mode).
 * `plain`: unnamed events that each carry a whole result, and no completion (MongooseIM).
 */
export type Dialect = 'graphql-sse' | 'plain';

/** A way to the server: the browser's own EventSource, a streamed fetch, or one WebSocket for all operations (graphql-transport-ws). */
export type Transport = 'eventsource' | 'fetch' | 'websocket';

/** Where an operation, or the client as a whole, stands. */
export type State = 'idle' | 'connecting' | 'live' | 'suspect' | 'waiting' | 'suspended' | 'offline' | 'hidden' | 'closed';

/** What an operation does that is not given a connection: waits, shares the reserved stream, takes the socket, or one of its own. */
export type LimitAction = 'wait' | 'share' | 'websocket' | 'distinct';

/** A breaker: every attempt is let through, none, or one. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** What is thought of a connection that is silent. */
export type Judgement = 'alive' | 'suspect' | 'stalled';

/** One event of the stream, as graphql-sse hands it to its `message` listener. `ForID`: single connection mode. */
export type StreamMessage<ForID extends boolean = false, E extends StreamEvent = StreamEvent> = E extends StreamEvent
  ? { readonly event: E; readonly data: ForID extends true ? StreamDataForID<E> : StreamData<E> }
  : never;

/** Why results may have been missed. */
export type GapReason = 'initial' | 'reconnect' | 'stalled' | 'malformed' | 'oversize' | 'segment' | 'hydrate' | 'overflow' | 'hole' | 'audit';

/**
 * Why a result's size is told: it came and has `payload.warnBytes`; it had more than `payload.maxBytes` and was dropped;
 * it was arriving when the connection died, and so was another before it; or backfills had it, and another before it,
 * that never came.
 */
export type OversizeReason = 'large' | 'dropped' | 'cut' | 'backfill';

/** A stretch in which results may have been missed. */
export interface Gap {
  /** The operation's number, as `dispose.id` and `snapshot().operations[].id` have it. */
  readonly operation: number;
  readonly reason: GapReason;
  /** When the last thing was heard before the gap. */
  readonly since: Date;
  /** The key of the newest result that had been delivered by then. */
  readonly lastKey: string | undefined;
  /** Whether a backfill brought what was missed, delivered by now. If not, load it yourself. */
  readonly recovered: boolean;
  /** Why the backfill, or the last try of `hydrate`, failed, if it did. */
  readonly error: LifelineError | undefined;
}

/** The gap that a backfill is to fill. */
export interface BackfillGap {
  readonly reason: GapReason;
  /** The newest result that was delivered, or that the application had (`startAfter`): what came behind it is wanted. */
  readonly lastKey: string | undefined;
  readonly since: Date;
  readonly operation: {
    readonly id: number;
    readonly operationName: string | undefined;
    readonly variables: Record<string, unknown> | undefined;
  };
}

/** What `backfill` and `hydrate` work with. */
export interface BackfillContext {
  /** As `client.execute`; given up with what it is for unless it has a signal of its own. */
  readonly execute: Client['execute'];
  /** Aborted when the answer is of no more use. */
  readonly signal: AbortSignal;
}

/** How results are told apart, and what heals their gaps. */
export interface Continuity {
  /**
   * What identifies a result: a path of fields under `data` (`'message.id'`) to a string or number, or a function of the result.
   * Of the event, not of an entity that may change. A result without one is delivered, and not deduplicated.
   */
  key?: string | ((result: ExecutionResult<any>) => string | number | null | undefined) | undefined;
  /** How many keys are remembered; default 1024. */
  remember?: number | undefined;
  /** The key of the newest result that the application has already: what came between it and the stream is the first gap. */
  startAfter?: string | undefined;
  /** Answers with the results behind `gap.lastKey`, the oldest first, each as the subscription would have brought it. */
  backfill?: ((gap: BackfillGap, context: BackfillContext) => Promise<readonly ExecutionResult<any>[]> | readonly ExecutionResult<any>[]) | undefined;
  /** Milliseconds for one backfill, and for one try of `hydrate`; default 10 000. */
  backfillTimeoutMs?: number | undefined;
  /** How many live results may wait for a backfill, and how many for `hydrate`; default 1000. */
  maxWaiting?: number | undefined;
  /** A backfill is repeated behind the first new result of a connection, or after this time (default 2 000 ms): a live connection need not be subscribed yet. */
  settleMs?: number | undefined;
  /** The time between two backfills without a gap, which find what was lost without a sign. Default: none. */
  auditMs?: number | undefined;
  /** A path under `data` to a whole number that grows by one: order is repaired, and holes are gaps. */
  sequence?: string | undefined;
  /** How long a result waits for lower numbers; default 1 000 ms. */
  reorderMs?: number | undefined;
  /**
   * Answers with the whole of a result that is only a notification, or with the same result. Key and sequence are read from
   * the notification; what a backfill brings are notifications as well. Four at a time, delivered in order. If it throws or takes
   * too long, it is tried three times in all, unless the error has `retryable: false` or GraphQL `errors`; then it is a gap.
   */
  hydrate?: ((notification: ExecutionResult<any>, context: BackfillContext) => Promise<ExecutionResult<any>> | ExecutionResult<any>) | undefined;
}

/** Listeners for one client or one operation; graphql-sse's three. */
export interface EventListeners<SingleConnection extends boolean = false> {
  /** An attempt to connect begins; `reconnecting` after a failure or `reconnect()`, but not where only the next transport is tried. */
  connecting?: ((reconnecting: boolean) => void) | undefined;
  /** The stream is open; `reconnected` after a failure or `reconnect()`. */
  connected?: ((reconnected: boolean) => void) | undefined;
  /** An event arrived. If this listener throws, the operation ends with that error (as in graphql-sse). */
  message?: ((message: StreamMessage<SingleConnection>) => void) | undefined;
}

/** What `subscribe` takes beside the request and the sink. */
export interface SubscribeOptions<SingleConnection extends boolean = false> extends EventListeners<SingleConnection> {
  /** Aborting it is the same as calling `dispose`. */
  signal?: AbortSignal | undefined;
  /**
   * May the request be sent again after a cut? Default: `true` for subscriptions, `false` for everything else.
   * Setting it to `true` is accepted only where the client cannot read the kind of operation (no `query` text).
   */
  resubscribe?: boolean | undefined;
  /** In place of the client's. */
  continuity?: Continuity | undefined;
  gap?: ((gap: Gap) => void) | undefined;
  state?: ((state: State) => void) | undefined;
}

/** What a `headers` function is told beside the request. */
export interface HeadersContext {
  /** The attempt's number within the operation, from 1. */
  readonly attempt: number;
  readonly reason: 'connect' | 'unauthorized' | 'renew';
  /** Aborted when the attempt is given up; with `unauthorized`, when the client ends: the headers are for all. */
  readonly signal: AbortSignal;
}

/** What a `probe` function is told. */
export interface ProbeContext {
  /** The request of the operation that is silent. */
  readonly request: RequestParams;
  /** Aborted when the connection is closed. */
  readonly signal: AbortSignal;
}

/** Options of `createClient`. Unknown or impossible ones are refused with an error that names them. */
export interface ClientOptions<SingleConnection extends boolean = false> {
  /** URL of the server's event stream. A function is called on each attempt. */
  url: string | ((request: RequestParams) => string | Promise<string>);
  /** URL for `execute`. Default: `url`. */
  httpUrl?: string | ((request: RequestParams) => string | Promise<string>) | undefined;
  /** Default `'graphql-sse'`. */
  dialect?: Dialect | undefined;
  /** How an operation is sent. Default `'POST'`; `'GET'` for `plain`, and needed for `eventsource`. */
  method?: 'POST' | 'GET' | undefined;
  /** The ladder, in order of preference. Default: `'fetch'`, then `'websocket'` if that is configured; with method GET `'eventsource'` first. */
  transports?: readonly Transport[] | undefined;
  /** A server for graphql-transport-ws; all operations share one socket. */
  websocket?:
    | {
        /** `ws:`, `wss:` or the like with http, also relative to the page. A function is called for each socket. */
        url: string | (() => string | Promise<string>);
        /** Goes with the greeting. A function is called for each socket; if it throws, that is retried. */
        connectionParams?:
          | Record<string, unknown>
          | ((context: HeadersContext) => Record<string, unknown> | undefined | Promise<Record<string, unknown> | undefined>)
          | undefined;
        /** The WebSocket class to use, as graphql-ws has it; Node before 22 has none, and the package `ws` does. Default: the global one. */
        webSocketImpl?: unknown;
      }
    | undefined;
  /** Does an operation that fell back try better transports again? After a minute, then with twice the wait up to 30 minutes. Default `true`. */
  fallForward?: boolean | undefined;
  /**
   * May a fresh connection open before the old one closes, on `reconnect()` and when falling forward? For operations with
   * `continuity.key`, since results may come twice then; not onto the socket, which is one for all. Default `false`.
   */
  overlap?: boolean | undefined;
  /** Is `Last-Event-ID` sent on reconnects, to a server that numbers its events? On `fetch` only. From another origin it takes a preflight, which many servers fail. Default `false`. */
  lastEventId?: boolean | undefined;
  /** For operations that have none of their own; only subscriptions are asked for. */
  continuity?: Continuity | ((request: RequestParams) => Continuity | undefined) | undefined;
  /** HTTP headers. A function is called on each attempt; if it throws, that is retried. Rules EventSource out. */
  headers?:
    | Record<string, string>
    | ((request: RequestParams, context: HeadersContext) => Record<string, string> | undefined | Promise<Record<string, string> | undefined>)
    | undefined;
  /** Default `'same-origin'`. `'omit'` rules EventSource out. */
  credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /** Rules EventSource out. */
  referrer?: string | undefined;
  /** Rules EventSource out. */
  referrerPolicy?: ReferrerPolicy | undefined;
  /** The fetch function to use. Rules EventSource out. Default: the global one. */
  fetchFn?: unknown;
  /** The AbortController to use. Default: the global one. */
  abortControllerImpl?: unknown;
  /** How many retries in a row before the operation fails; 5 s of uptime start the count again. Default `Infinity`. */
  retryAttempts?: number | undefined;
  /** Waits between attempts, in place of `backoff`; called with 0 first. If it rejects, the operation ends with that error. */
  retry?: ((retries: number) => Promise<void>) | undefined;
  /** Wait before retry n (from 0): a random part of `min(maxMs, initialMs * factor ** n)`. */
  backoff?:
    | {
        /** Milliseconds, default 500. */ initialMs?: number | undefined;
        /** Milliseconds, default 30 000. */ maxMs?: number | undefined;
        /** Default 2. */ factor?: number | undefined;
      }
    | undefined;
  /** Leaves a transport alone that keeps failing, and takes the next. */
  breaker?:
    | {
        /** How many of the last outcomes count, default 10, at most 64. */ window?: number | undefined;
        /** With fewer outcomes it stays closed; default 3. */ minCalls?: number | undefined;
        /** The part of failures that opens it, over 0 and up to 1; default 0.5. */ failureRate?: number | undefined;
        /** Milliseconds for which it is open at first, default 5 000; doubling. */ openMs?: number | undefined;
        /** Milliseconds, default 60 000. */ maxOpenMs?: number | undefined;
        /** Uptime in milliseconds after which a connection was healthy, default 5 000. */ minHealthyMs?: number | undefined;
        /** Keeps open breakers over a reload, in `localStorage` under this key. */ persist?: string | undefined;
      }
    | undefined;
  /** Attempts of all operations together, but for first ones; who finds it empty waits. */
  retryBudget?:
    | {
        /** At once, default 10. */ capacity?: number | undefined;
        /** On and on, default 1. */ perSecond?: number | undefined;
      }
    | undefined;
  /** What silence on an open connection means; `false`: nothing. */
  stall?:
    | false
    | {
        /** Milliseconds after which a silent connection is replaced. Default `'auto'`: once its heartbeat, whose rhythm was learned (or inherited from connections before it), has stopped. */
        silenceMs?: number | 'auto' | undefined;
        /** Do results still flow? Asked after a minute without one (or after `silenceMs`); `false` replaces the connection, unless a result comes within a second after it. */
        probe?: ((context: ProbeContext) => boolean | Promise<boolean>) | undefined;
        /** Milliseconds for a probe, or for the pong of a silent socket; default 5 000. */ probeTimeoutMs?: number | undefined;
      }
    | undefined;
  /** How long headers may take, in milliseconds. Default 15 000; `plain`: `Infinity`, that is, no limit. */
  connectTimeoutMs?: number | undefined;
  /**
   * A subscription whose attempt shows no sign of life (head, `open`, acknowledgement) for so many milliseconds gets
   * another one beside it, by the next transport to another address; the first that brings something carries it.
   * Default 4 000; `plain`: `false`. `false`: never.
   */
  headStartMs?: number | false | undefined;
  /**
   * Replaces a healthy subscription's connection after so many milliseconds, up to a tenth early, before the
   * server cuts it or its token expires. A function is called for each connection, behind `headers`; 1 s at least.
   */
  renewAfterMs?: number | (() => number | undefined) | undefined;
  /**
   * While nobody looks at the page: `'slow'`, the default, keeps what is open and makes one attempt a minute;
   * `'pause'` closes subscriptions' connections until somebody looks; `'same'` changes nothing.
   */
  whenHidden?: 'slow' | 'pause' | 'same' | undefined;
  /**
   * What is made of results that come in parts (`@defer`, `@stream`). `'merge'`, the default, delivers a result again as it grows,
   * each time as a new object, with `hasNext: true` until it is whole; `'final'` only the whole one; `'raw'` the parts as they come.
   */
  incremental?: 'merge' | 'final' | 'raw' | undefined;
  /** Default for every operation; see `SubscribeOptions.resubscribe`. */
  resubscribe?: boolean | undefined;
  /** Listeners for all operations. */
  on?: EventListeners<SingleConnection> | undefined;
  /** @deprecated Use `on.message`. */
  onMessage?: ((message: StreamMessage<SingleConnection>) => void) | undefined;
  /**
   * One reserved stream for all operations (graphql-sse's single connection mode), or with `'auto'` for those that
   * find no room for a stream of their own. Default `false`.
   */
  singleConnection?: SingleConnection | 'auto' | undefined;
  /** With `singleConnection: true`: `false` opens the stream at once, and keeps it. Default `true`. */
  lazy?: boolean | undefined;
  /** How long the shared stream stays behind its last operation, in milliseconds. Default 0. */
  lazyCloseTimeout?: number | undefined;
  /** Gets the error that ends a stream which is not lazy. Default `console.error`. */
  onNonLazyError?: ((error: unknown) => void) | undefined;
  /**
   * As many streams may be open to an origin over HTTP/1.1, or where the protocol cannot be seen, in all tabs
   * together. Default 4: a browser has six connections, and queries need some. With `singleConnection: 'auto'` 2 at
   * least. `Infinity`: no limit.
   */
  maxStreams?: number | undefined;
  /** Large results. */
  payload?: PayloadOptions | undefined;
  /** Accepted for graphql-sse's sake; distinct connections need no ids. */
  generateID?: (() => string) | undefined;
}

/** What is done about large results. Bytes by `fetch`; of what EventSource and WebSocket hand over, the text's length in UTF-16 units, which is no more than that. */
export interface PayloadOptions {
  /** A larger result is dropped, by `fetch` as it arrives: gap `oversize`. Default 33 554 432, at most 268 435 456. */
  maxBytes?: number | undefined;
  /** A result at least this large is told: event `oversize`. Default 1 048 576. */
  warnBytes?: number | undefined;
  /**
   * Asks the server for larger results in slices of so many bytes, 256 to 64000, which are put together again.
   * A server that does not know of it sends whole ones. Default: not asked for.
   */
  maxSegmentBytes?: number | undefined;
}

/** What `client.on` announces; each listener gets one plain object. */
export interface ClientEvents {
  /** The client's state changed (the least healthy of its operations'). */
  state: { readonly state: State; readonly previous: State };
  /** An operation is connected over this transport. */
  transport: { readonly operation: number; readonly transport: Transport; readonly attempt: number };
  /** An attempt failed, and another follows after `delayMs`, or when `retry()` resolves (then `undefined`). */
  retry: {
    readonly operation: number;
    readonly retries: number;
    readonly delayMs: number | undefined;
    readonly error: LifelineError;
  };
  gap: Gap;
  /** A result is large, was dropped for that, or is suspected to be lost for that. */
  oversize: {
    /** 0: one of several that share a stream. */ readonly operation: number;
    readonly transport: Transport;
    readonly reason: OversizeReason;
    /** Its size; `dropped`: more than that; `cut`: at least that, as much had come. */ readonly bytes: number;
    /** The transport seems to lose results of this size and more. */ readonly ceilingBytes: number | undefined;
  };
  /** A connection has gone silent, is taken for dead, or was heard again. */
  stall: { readonly operation: number; readonly judgement: Judgement; /** When it was last heard. */ readonly since: Date };
  /** A breaker has moved. */
  breaker: {
    readonly transport: Transport;
    readonly state: BreakerState;
    readonly previous: BreakerState;
    /** When it is tried again (epoch milliseconds), if it is open and a time is set. */
    readonly retryAt: number | undefined;
  };
  /** An operation found no room for a stream of its own, or its reserved stream was forgotten by the server. */
  limit: { readonly operation: number; readonly action: LimitAction };
  message: StreamMessage & { readonly operation: number };
  /** An operation ended with an error; the same object its sink got. */
  error: { readonly operation: number; readonly error: unknown };
}

/** One operation in a snapshot. */
export interface OperationSnapshot {
  readonly id: number;
  readonly operationName: string | undefined;
  readonly kind: 'subscription' | 'query' | 'mutation' | 'unknown';
  readonly state: State;
  /** The transport of the running attempt. */
  readonly transport: Transport | undefined;
  /** Attempts so far. */
  readonly attempt: number;
  /** Failures in a row. */
  readonly retries: number;
  /** When the next attempt begins (epoch milliseconds), if a time is set. */
  readonly retryAt: number | undefined;
  /** Transports left out for this operation, and why. */
  readonly ladder: readonly LadderRung[];
}

export interface LadderRung {
  readonly transport: Transport;
  readonly usable: boolean;
  /** Why it is not usable. */
  readonly reason: string | undefined;
}

/** The sizes of what came over a transport: bytes by `fetch`, UTF-16 units by EventSource and WebSocket. */
export interface PayloadSizes {
  readonly results: number;
  /** Of all together. */
  readonly bytes: number;
  readonly largest: number;
  /** How many results had less than 256, 1 Ki, 4 Ki, 16 Ki, 64 Ki, 256 Ki, 1 Mi, 4 Mi and 16 Mi, each without those before; the tenth number is of all others. */
  readonly histogram: readonly number[];
  /** How much of a result had come when a connection last died in the middle of one, 0 if none did; `fetch` alone shows it. */
  readonly unfinished: number;
  /** It seems to lose results of this size and more. Forgotten when a larger one comes, or half an hour after the last loss. */
  readonly ceilingBytes: number | undefined;
}

/** A picture of the client; the same object until something changes. */
export interface Snapshot {
  readonly state: State;
  /** The transport of the newest live connection. */
  readonly transport: Transport | undefined;
  readonly operations: readonly OperationSnapshot[];
  readonly ladder: readonly LadderRung[];
  /** The breaker of each transport of the ladder. */
  readonly breakers: { readonly [transport in Transport]?: { readonly state: BreakerState; /** In a row. */ readonly openings: number } };
  readonly counters: {
    /** Results delivered. */ readonly results: number;
    /** Attempts begun. */ readonly attempts: number;
    /** Attempts that failed or were cut. */ readonly failures: number;
    /** Gaps reported. */ readonly gaps: number;
    /** Events left out because their name is not of the dialect. */ readonly ignored: number;
    /** Results over `payload.maxBytes`, for each operation whose they may have been. */ readonly oversize: number;
  };
  readonly payload: {
    /** By transport of the ladder. */
    readonly transports: { readonly [transport in Transport]?: PayloadSizes };
    /** The lowest of the transports' ceilings. */
    readonly ceilingBytes: number | undefined;
  };
}

/** Ends the operation. Also its handle. */
export interface Dispose {
  (): void;
  readonly id: number;
  readonly state: State;
  [Symbol.dispose](): void;
}

/** A client; `SingleConnection` is graphql-sse's. */
export interface Client<SingleConnection extends boolean = false> {
  /** Starts an operation; results go to the sink. */
  subscribe<Data = Record<string, unknown>, Variables = Record<string, unknown>>(
    request: TypedRequest<Data, Variables>,
    sink: Sink<ExecutionResult<Data>>,
    options?: SubscribeOptions<SingleConnection>,
  ): Dispose;
  subscribe<Data = Record<string, unknown>, Extensions = Record<string, unknown>>(
    request: TextRequest,
    sink: Sink<ExecutionResult<Data, Extensions>>,
    options?: SubscribeOptions<SingleConnection>,
  ): Dispose;
  /** Starts an operation; results are iterated over. `break`, `return` and `throw` end it. */
  iterate<Data = Record<string, unknown>, Variables = Record<string, unknown>>(
    request: TypedRequest<Data, Variables>,
    options?: SubscribeOptions<SingleConnection>,
  ): AsyncIterableIterator<ExecutionResult<Data>>;
  iterate<Data = Record<string, unknown>, Extensions = Record<string, unknown>>(
    request: TextRequest,
    options?: SubscribeOptions<SingleConnection>,
  ): AsyncIterableIterator<ExecutionResult<Data, Extensions>>;
  /** Sends one query or mutation as a plain POST, once, never again. */
  execute<Data = Record<string, unknown>, Variables = Record<string, unknown>>(
    request: TypedRequest<Data, Variables>,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<ExecutionResult<Data>>;
  execute<Data = Record<string, unknown>, Extensions = Record<string, unknown>>(
    request: TextRequest,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<ExecutionResult<Data, Extensions>>;
  /** Listens; the answer stops listening. */
  on<Name extends keyof ClientEvents>(event: Name, listener: (event: ClientEvents[Name]) => void): () => void;
  snapshot(): Snapshot;
  /** Replaces every subscription's connection now, and ends every wait. Side effects are not sent again. */
  reconnect(): void;
  /** The breaker of a transport, to be moved by hand. */
  breaker(transport: Transport): {
    /** Leaves the transport alone until `reset()`. */
    isolate(): void;
    /** Takes it for well again. */
    reset(): void;
  };
  /** Ends every operation with `complete` and frees everything. */
  dispose(): void;
  [Symbol.dispose](): void;
}
