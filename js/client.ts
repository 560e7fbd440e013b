/** `createClient`: graphql-sse's client on the module's state machine. */

import { type Act, type Core, END, FREE, ISOLATE, RECONNECT, RESET, START, TRANSPORTS } from './core.js';
import { LifelineError } from './errors.js';
import { Events } from './events.js';
import { Healing, notWhileReading } from './healing.js';
import { Operations } from './host.js';
import { iterator } from './iterator.js';
import { type Operation, type RequestParams, type TextRequest, toRequest } from './operation.js';
import { checked, checkedContinuity } from './options.js';
import { attempt } from './report.js';
import { type Runtime, runtime } from './runtime.js';
import type { Client, ClientOptions, Continuity, Dispose, ExecutionResult, Sink, Snapshot, SubscribeOptions, Transport } from './types.js';

/** What `subscribe` takes, by type. */
const OPTIONS: { readonly [name: string]: string } = {
  signal: 'AbortSignal', resubscribe: 'boolean', continuity: 'object', connecting: 'function', connected: 'function', message: 'function', gap: 'function', state: 'function',
};
/** Not in every browser; a polyfill uses the same registry. */
const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

/**
 * Creates a client. Nothing is connected before the first operation.
 *
 * @example
 * const client = createClient({ url: '/graphql' });
 * const dispose = client.subscribe(
 *   { query: 'subscription { messages { id text } }' },
 *   { next: console.log, error: console.error, complete: () => {} },
 * );
 *
 * @throws {LifelineError} `option` for options that are refused, by name; `wasm-unavailable` where a page forbids WebAssembly.
 */
export function createClient<SingleConnection extends boolean = false>(options: ClientOptions<SingleConnection>): Client<SingleConnection> {
  return new LifelineClient(options as ClientOptions).surface() as Client<SingleConnection>;
}

class LifelineClient {
  private readonly options: ClientOptions;
  private readonly runtime: Runtime;
  private readonly core: Core;
  /** Its number in the module. */
  private readonly id: number;
  private readonly events = new Events();
  private readonly operations: Operations;
  /** Why nothing more can be started. */
  private over: LifelineError | undefined;
  private last: Snapshot;
  private readonly onTrap = (error: LifelineError): void => this.trap(error);

  constructor(given: ClientOptions) {
    const options = (this.options = checked(given));
    this.runtime = runtime();
    this.core = this.runtime.core;
    this.operations = new Operations(options, this.events, (op) => this.endInCore(op));
    const { host } = this.operations;
    this.id = this.call(() => this.core.lifeline_create(options, host));
    host.bytes = this.core.lifeline_bytes.bind(undefined, this.id);
    host.news = this.core.lifeline_news.bind(undefined, this.id);
    this.last = this.picture();
    this.runtime.victims.add(this.onTrap);
    if (options.lazy === false) this.act(START);
  }

  surface(): Client {
    return {
      subscribe: (request: Operation, sink: Sink<never>, options?: SubscribeOptions) => this.subscribe(request, sink, options),
      iterate: (request: Operation, options?: SubscribeOptions) =>
        iterator((sink: Sink<never>) => this.subscribe(request, sink, options)) as AsyncIterableIterator<never>,
      execute: (request: Operation, options?: { signal?: AbortSignal | undefined }) => this.execute(request, options?.signal) as Promise<never>,
      on: (event, listener) => this.events.on(event, listener),
      snapshot: () => this.snapshot(),
      reconnect: () => {
        this.act(RECONNECT);
      },
      breaker: (transport) => this.breaker(transport),
      dispose: () => this.dispose(),
      [DISPOSE]: () => this.dispose(),
    };
  }

  private subscribe(operation: Operation, sink: Sink<never>, options: SubscribeOptions = {}): Dispose {
    if (typeof sink !== 'object' || sink === null) throw refused('sink', 'must be an object: { next, error, complete }');
    check(options);
    return this.start(operation, sink as Sink<ExecutionResult>, options, false);
  }

  private execute(operation: Operation, signal: AbortSignal | undefined): Promise<ExecutionResult> {
    return new Promise((resolve, reject) => {
      check({ signal });
      if (this.over) throw this.over;
      const sink = {
        next: resolve,
        error: reject,
        // without a result before: it was ended from this side
        complete: () => reject(signal?.aborted ? signal.reason : disposed()),
      };
      this.start(operation, sink, { signal }, true);
    });
  }

  private start(operation: Operation, sink: Sink<ExecutionResult>, options: SubscribeOptions, once: boolean): Dispose {
    const request = toRequest(operation);
    const { signal } = options;
    if (this.over || signal?.aborted) {
      const { over } = this;
      queueMicrotask(() => attempt(() => (over ? sink.error(over) : sink.complete())));
      return this.handle(0, () => {}); // its own: the handle's properties are put on it
    }
    const { query, operationName } = request as TextRequest;
    const name = typeof operationName === 'string' ? operationName : undefined;
    const continuity = once ? undefined : this.continuity(request, options);
    const { op, release } = this.operations.start(continuity, () =>
      this.call(() => this.core.lifeline_subscribe(this.id, request, query ?? '', name, once, options.resubscribe)));
    const healing = new Healing(
      continuity,
      request,
      (other, abort) => this.execute(other, abort) as Promise<never>,
      (about, answer, count) => this.call(() => this.core.lifeline_answered(this.id, op, about, answer, count)),
    );
    const dispose = (): void => this.end(op);
    signal?.addEventListener('abort', dispose);
    this.operations.add(op, {
      sink,
      options,
      healing,
      state: 'connecting',
      release: () => {
        signal?.removeEventListener('abort', dispose);
        release();
      },
    });
    return this.handle(op, dispose);
  }

  /** The operation's own, or else the client's. */
  private continuity(request: RequestParams, options: SubscribeOptions): Continuity | undefined {
    const given = options.continuity ?? this.options.continuity;
    const continuity = typeof given === 'function' ? given(request) : given;
    return continuity && checkedContinuity(continuity);
  }

  private handle(op: number, dispose: () => void): Dispose {
    const state = { get: () => this.operations.state(op), enumerable: true };
    return Object.defineProperties(dispose, {
      id: { value: op, enumerable: true },
      state,
      [DISPOSE]: { value: dispose },
    }) as Dispose;
  }

  /** Ends an operation. Nothing comes after this but `complete`. */
  private end(op: number): void {
    const operation = this.operations.take(op);
    if (!operation) return;
    complete(operation.sink);
    this.endInCore(op);
  }

  private breaker(transport: Transport): ReturnType<Client['breaker']> {
    const number = TRANSPORTS.indexOf(transport);
    if (number < 0) throw new LifelineError('option', `client.breaker: there is no transport ${String(transport)}; there are ${TRANSPORTS.join(', ')}`);
    return { isolate: () => this.act(ISOLATE, number), reset: () => this.act(RESET, number) };
  }

  private act(act: Act, about = 0): void {
    if (!this.over) this.call(() => this.core.lifeline_act(this.id, act, about));
  }

  private snapshot(): Snapshot {
    if (!this.over) this.last = this.picture();
    return this.last;
  }

  private dispose(): void {
    if (this.over) return;
    for (const { sink } of this.operations.takeAll()) complete(sink);
    this.events.clear(); // nothing comes after this but `complete`
    this.endInCore(0);
    this.last = this.picture();
    this.over = disposed();
    this.runtime.victims.delete(this.onTrap);
    this.call(() => this.core.lifeline_act(this.id, FREE, 0));
  }

  /** The module is dead: every operation ends with `internal`. */
  private trap(error: LifelineError): void {
    this.over = error;
    this.operations.closeAll();
    const previous = this.operations.clientState;
    this.last = { ...this.last, state: 'closed', transport: undefined, operations: [] };
    for (const { sink } of this.operations.takeAll()) attempt(() => sink.error(error));
    this.events.emit('state', { state: 'closed', previous });
  }

  private picture(): Snapshot {
    return this.call(() => this.core.lifeline_snapshot(this.id));
  }

  /** 0: all operations. */
  private endInCore(op: number): void {
    this.call(() => this.core.lifeline_act(this.id, END, op));
  }

  /** Calls into the module. */
  private call<T>(call: () => T): T {
    notWhileReading();
    try {
      const value = call();
      if (!this.runtime.trapped) return value;
    } catch (error) {
      // the glue stumbles over the answer of a module that has just trapped
      if (!this.runtime.trapped) throw error;
    }
    throw this.runtime.trapped;
  }
}

function complete(sink: Sink<ExecutionResult>): void {
  queueMicrotask(() => attempt(() => sink.complete()));
}

function disposed(): LifelineError {
  return new LifelineError('disposed', 'the client was disposed of; create another one');
}

function check(options: SubscribeOptions): void {
  if (typeof options !== 'object' || options === null) throw refused('options', 'must be an object');
  for (const [name, value] of Object.entries(options)) {
    const type = OPTIONS[name];
    if (value === undefined) continue;
    if (type === undefined) throw refused(`option ${name}`, `is not known in this version; there are ${Object.keys(OPTIONS).join(', ')}`);
    // not instanceof: polyfills, and test environments with several realms
    const actual = typeof (value as AbortSignal | null)?.addEventListener === 'function' ? 'AbortSignal' : typeof value;
    if (actual !== type) throw refused(`option ${name}`, type === 'AbortSignal' ? 'must be an AbortSignal' : `must be a ${type}`);
  }
}

function refused(what: string, why: string): LifelineError {
  return new LifelineError('option', `${what} of subscribe: ${why}`);
}
