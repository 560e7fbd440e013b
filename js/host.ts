/** Brings what the module says to the sinks and listeners. */

import { EXCESSES, GAP_REASONS, type Host, JUDGEMENTS, KINDS, LIMITS, POSITIONS, type Rules, type RuleTexts, type Shell, STATES, TRANSPORTS } from './core.js';
import { Keeper } from './keeper.js';
import { ErrorCode, type LifelineError, makeError } from './errors.js';
import type { Events } from './events.js';
import { type Healing, reader } from './healing.js';
import { rules, ruleTexts, settings } from './options.js';
import { attempt } from './report.js';
import type {
  BreakerState, ClientOptions, Continuity, ExecutionResult, GapReason, Judgement, LimitAction, OversizeReason, Sink, State, StreamMessage, SubscribeOptions, Transport,
} from './types.js';

/** One operation of the application. */
export interface Operation {
  readonly sink: Sink<ExecutionResult>;
  readonly options: SubscribeOptions;
  readonly healing: Healing;
  /** As its listeners have been told. */
  state: State;
  /** Stops listening to the application's signal. */
  release(): void;
}

/** Who is told something, with the parameters of `Host.tell`. */
type Listener = (...parameters: Tail<Parameters<Host['tell']>>) => void;
type Tail<List extends unknown[]> = List extends [unknown, ...infer Rest] ? Rest : never;

const CODES = Object.values(ErrorCode);
const known = (number: number): number | undefined => (Number.isNaN(number) ? undefined : number);
const state = (number: number): State => STATES[number] as State;

export class Operations {
  readonly host: Host;
  /** The client's, as its listeners have been told. */
  clientState: State = 'idle';
  private shell: Shell | undefined;
  /** Of the operation that is started next. */
  private rules: Rules = rules(undefined, 0);
  private ruleTexts: RuleTexts = ruleTexts(undefined);
  private readonly running = new Map<number, Operation>();

  constructor(
    private readonly client: ClientOptions,
    private readonly events: Events,
    /** Ends an operation in the module. */
    private readonly end: (op: number) => void,
  ) {
    this.host = this.makeHost();
    // what is the client's own is checked with its options
    if (typeof client.continuity === 'object') this.describe(client.continuity, 0);
  }

  /** The module is dead: closes its connections. */
  closeAll(): void {
    this.shell?.closeAll();
  }

  /** Starts an operation with what the application says about its results. */
  start(continuity: Continuity | undefined, subscribe: () => number): { op: number; release: () => void } {
    const { shell } = this;
    const given = continuity?.key;
    const key = given === undefined ? undefined : shell?.keepKey(typeof given === 'function' ? reader(given) : given);
    const release = (): void => {
      if (key !== undefined) shell?.dropKey(key);
    };
    this.describe(continuity, key ?? 0);
    try {
      return { op: subscribe(), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  private describe(continuity: Continuity | undefined, key: number): void {
    this.rules = rules(continuity, key);
    this.ruleTexts = ruleTexts(continuity);
  }

  add(op: number, operation: Operation): void {
    this.running.set(op, operation);
  }

  has(op: number): boolean {
    return this.running.has(op);
  }

  state(op: number): State {
    return this.running.get(op)?.state ?? 'closed';
  }

  /** Takes an operation out: nothing that is still on its way reaches it. */
  take(op: number): Operation | undefined {
    const operation = this.running.get(op);
    this.running.delete(op);
    operation?.release();
    operation?.healing.stop();
    return operation;
  }

  /** Takes all out. */
  takeAll(): Operation[] {
    const all = [...this.running.values()];
    // first: a backfill that is stopped ends its own queries
    this.running.clear();
    for (const operation of all) {
      operation.release();
      operation.healing.stop();
    }
    return all;
  }

  private makeHost(): Host {
    const option = (op: number): SubscribeOptions | undefined => this.running.get(op)?.options;
    const numbers: readonly number[] = settings(this.client);
    const keeper = new Keeper(this.client.breaker?.persist);
    const told = this.listeners(keeper, option);
    return {
      number: (asked, place) => {
        if (asked === 0) return numbers[place] as number;
        if (asked === 1) return this.rules[place] as number;
        return keeper.kept(TRANSPORTS[place] as Transport, asked === 3);
      },
      ruleText: (place) => this.ruleTexts[place],
      tell: (kind, op, ...rest) => told[kind]?.(op, ...rest),
      hold: (shell) => {
        this.shell = shell;
      },
      makeError: (code, message, retryable, status, transport, retryAfterMs, body, cause, response) => {
        // over a socket they come alone
        const errors = Array.isArray(body) ? body : (body as ExecutionResult | undefined)?.errors;
        const details = {
          retryable, status, transport: TRANSPORTS[transport as number], retryAfterMs, cause, errors: Array.isArray(errors) ? errors : undefined,
        };
        return makeError(CODES[code] as ErrorCode, message, details, response);
      },
      snapshot: (now, transport, results, attempts, failures, gaps, ignored, oversize) => ({
        state: state(now),
        transport: TRANSPORTS[transport as number],
        operations: [],
        ladder: [],
        breakers: {},
        counters: { results, attempts, failures, gaps, ignored, oversize },
        payload: { transports: {}, ceilingBytes: undefined },
      }),
      operation: (snapshot, id, operationName, kind, now, transport, number, retries, retryAt) => {
        const operation = {
          id, operationName, kind: KINDS[kind], state: state(now), transport: TRANSPORTS[transport as number], attempt: number, retries, retryAt, ladder: [],
        };
        (snapshot as { operations: unknown[] }).operations.push(operation);
        return operation;
      },
      breakerOf: (snapshot, transport, position, openings) => {
        (snapshot as { breakers: { [name: string]: unknown } }).breakers[TRANSPORTS[transport] as Transport] = { state: POSITIONS[position], openings };
      },
      sizesOf: (snapshot, transport, bytes, largest, unfinished, ceiling, ...histogram) => {
        const { payload } = snapshot as { payload: { transports: { [name: string]: unknown }; ceilingBytes: number | undefined } };
        const ceilingBytes = ceiling || undefined;
        const results = histogram.reduce((sum, count) => sum + count);
        payload.transports[TRANSPORTS[transport] as Transport] = { results, bytes, largest, histogram, unfinished, ceilingBytes };
        if (ceiling && !(ceiling >= payload.ceilingBytes!)) payload.ceilingBytes = ceiling;
      },
      rung: (owner, transport, reason) => {
        (owner as { ladder: unknown[] }).ladder.push({ transport: TRANSPORTS[transport], usable: !reason, reason });
      },
    };
  }

  /** Who is told what: in the order of `Told` in src/web/js_host.rs. */
  private listeners(keeper: Keeper, option: (op: number) => SubscribeOptions | undefined): readonly Listener[] {
    const { events } = this;
    return [
      /* next */ (op, _, __, ___, ____, result) => this.next(op, result as ExecutionResult),
      /* complete */ (op) => this.complete(op),
      /* error */ (op, _, __, ___, ____, error) => this.fail(op, error),
      /* connecting */ (op, again) => {
        attempt(this.client.on?.connecting, !!again);
        attempt(option(op)?.connecting, !!again);
      },
      /* connected */ (op, again, transport, number) => {
        events.emit('transport', { operation: op, transport: TRANSPORTS[transport] as Transport, attempt: number });
        attempt(this.client.on?.connected, !!again);
        attempt(option(op)?.connected, !!again);
      },
      /* retry */ (op, retries, delay, _, __, error) =>
        events.emit('retry', { operation: op, retries, delayMs: known(delay), error: error as LifelineError }),
      /* gap */ (op, reason, sinceMs, round, lastKey, cause) => {
        this.running.get(op)?.healing.stop(round);
        const since = new Date(sinceMs);
        const error = cause as LifelineError | undefined;
        const gap = { operation: op, reason: GAP_REASONS[reason] as GapReason, since, lastKey, recovered: round < 0, error };
        events.emit('gap', gap);
        attempt(option(op)?.gap, gap);
      },
      /* backfill */ (op, round, reason, sinceMs, lastKey) => {
        const gap = { reason: GAP_REASONS[reason] as GapReason, since: new Date(sinceMs), lastKey };
        this.running.get(op)?.healing.ask(round, gap, op);
      },
      /* stall */ (op, judgement, sinceMs) =>
        events.emit('stall', { operation: op, judgement: JUDGEMENTS[judgement] as Judgement, since: new Date(sinceMs) }),
      /* state */ (op, number) => {
        const operation = this.running.get(op);
        if (!operation) return;
        operation.state = state(number);
        attempt(operation.options.state, operation.state);
      },
      /* clientState */ (_, now, previous) => {
        this.clientState = state(now);
        events.emit('state', { state: this.clientState, previous: state(previous) });
      },
      /* breaker */ (number, positions, until, openings) => {
        const transport = TRANSPORTS[number] as Transport;
        const retryAt = known(until);
        keeper.keep(transport, retryAt, openings);
        const position = (at: number): BreakerState => POSITIONS[at] as BreakerState;
        events.emit('breaker', { transport, state: position(positions >> 2), previous: position(positions & 3), retryAt });
      },
      /* limit */ (op, action) => events.emit('limit', { operation: op, action: LIMITS[action] as LimitAction }),
      /* results */ (op, _, __, ___, ____, results) => {
        // the places of those that came before are empty
        for (const result of results as (ExecutionResult | undefined)[]) if (result) this.next(op, result);
      },
      /* hydrate */ (op, ticket, _, __, ___, result) => this.running.get(op)?.healing.hydrate(ticket, result as ExecutionResult | undefined),
      /* oversize */ (op, about, bytes, ceiling) =>
        events.emit('oversize', {
          operation: op, transport: TRANSPORTS[about & 3] as Transport, reason: EXCESSES[about >> 2] as OversizeReason, bytes, ceilingBytes: known(ceiling),
        }),
    ];
  }

  private next(op: number, result: ExecutionResult): void {
    const operation = this.running.get(op);
    if (!operation || !this.announce(op, operation, { event: 'next', data: result })) return;
    try {
      operation.sink.next(result);
    } catch (error) {
      this.abandon(op, error);
    }
  }

  private complete(op: number): void {
    const operation = this.running.get(op);
    if (!operation || !this.announce(op, operation, { event: 'complete', data: null })) return;
    this.take(op);
    attempt(() => operation.sink.complete());
  }

  /** The operation is gone in the module; tell the application. */
  private fail(op: number, error: unknown): void {
    // graphql-sse: of a connection that waits for no operation
    if (op === 0) return attempt(this.client.onNonLazyError ?? console.error, error);
    const operation = this.take(op);
    if (!operation) return;
    attempt(() => operation.sink.error(error));
    this.events.emit('error', { operation: op, error });
  }

  /** The application itself failed on a result: its connection is of no more use. */
  private abandon(op: number, error: unknown): void {
    if (!this.has(op)) return; // it was disposed of before it threw
    this.end(op);
    this.fail(op, error);
  }

  /** Tells the message listeners; `false` if the operation has ended by that. */
  private announce(op: number, { options }: Operation, message: StreamMessage): boolean {
    if (this.events.has('message')) this.events.emit('message', { operation: op, ...message });
    try {
      this.client.on?.message?.(message);
      options.message?.(message);
      this.client.onMessage?.(message);
    } catch (error) {
      // graphql-sse: what these throw is fatal
      this.abandon(op, error);
    }
    return this.has(op);
  }
}
