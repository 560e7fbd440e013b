/** One client with its one subscription, from `createClient` to `dispose`. */

import { createClient, wireBytes, type Client, type ClientEvents, type Continuity, type Dispose, type ExecutionResult, type Gap, type State, type Transport } from 'graphql-lifeline';
import type { Chat } from './chat.js';
import { behind, newest, Restarted } from './history.js';
import { parseMessage, type Message } from './message.js';
import type { Rung, Status, Watch } from './outlook.js';
import { KEY, MESSAGES, Requests } from './requests.js';

/** Which transports the client may use: all of its ladder, or the one that was pinned. */
export type Pin = 'auto' | Transport;

const LADDER: readonly Transport[] = ['eventsource', 'fetch', 'websocket'];
const URL = '/graphql';
/** Finds what is lost without a sign. Often, for a page that is there to be watched. */
const AUDIT_MS = 5000;
/** Waits before history is asked for again at the start; the last one from then on. */
const AGAIN_MS = [1000, 3000, 10_000];

export interface Hooks {
  /** The first history is there; so many messages were new. */
  loaded(messages: readonly Message[]): void;
  /** It is not, and is asked for again. */
  notLoaded(error: unknown, retryInMs: number, failures: number): void;
  /** Of those that `healed`, a backfill brought the copy that was delivered. */
  message(message: Message, bytes: number, healed: boolean): void;
  /** A result that carries GraphQL errors, or no message. */
  oddResult(text: string): void;
  connecting(reconnecting: boolean): void;
  connected(reconnected: boolean): void;
  retry(event: ClientEvents['retry']): void;
  gap(gap: Gap): void;
  breaker(event: ClientEvents['breaker']): void;
  stall(event: ClientEvents['stall']): void;
  /** The subscription's state changed; the client's own state counts mutations and queries too. */
  state(state: State, previous: State): void;
  /** The server was restarted: this connection is of no more use. */
  restarted(): void;
  /** The subscription is over: with an error, or because the server completed it. */
  ended(error: unknown): void;
}

export class Connection {
  readonly requests: Requests;
  readonly client: Client;
  readonly #hooks: Hooks;
  readonly #chat: Chat;
  readonly #gone = new AbortController();
  /** Of the wait for history. */
  #hurry = new AbortController();
  /** Results that came by a backfill: the module hands out the same objects that it was given. */
  readonly #backfilled = new WeakSet<object>();
  readonly #retryAt = new Map<Transport, number | undefined>();
  #watch: Watch | undefined;
  #subscription: Dispose | undefined;
  /** Before the subscription: history was asked for so often, and is again then. */
  #loads = 0;
  #loadAt: number | undefined;
  #catchingUp = false;

  /** `maxWaitMs` limits the waits between attempts. Throws what `createClient` throws. */
  constructor(pin: Pin, chat: Chat, hooks: Hooks, maxWaitMs?: number) {
    this.#chat = chat;
    this.#hooks = hooks;
    const transports = pin === 'auto' ? LADDER : [pin];
    this.client = createClient({
      url: URL,
      method: 'GET',
      transports,
      // Refused where the ladder has no place for it.
      ...(transports.includes('websocket') ? { websocket: { url: URL } } : {}),
      backoff: maxWaitMs === undefined ? undefined : { maxMs: maxWaitMs },
      stall: { probe: () => this.#nothingIsMissing() },
    });
    this.requests = new Requests(this.client.execute, this.#gone.signal);
    this.#listen();
    void this.#begin();
  }

  get status(): Status {
    const operation = this.client.snapshot().operations.find(({ kind }) => kind === 'subscription');
    if (!this.#subscription && !this.#gone.signal.aborted) {
      const state = this.#loadAt === undefined ? 'connecting' : 'waiting';
      return { state, transport: undefined, attempt: this.#loads, retryAt: this.#loadAt };
    }
    return {
      state: operation?.state ?? this.#subscription?.state ?? 'closed',
      transport: operation?.transport,
      attempt: operation?.attempt ?? 0,
      retryAt: operation?.retryAt,
    };
  }

  /** The ladder as the subscription sees it, the best first. */
  get ladder(): readonly Rung[] {
    const { operations, ladder, breakers } = this.client.snapshot();
    const own = operations.find(({ kind }) => kind === 'subscription');
    return (own?.ladder ?? ladder).map(({ transport, reason }) => ({
      transport,
      reason,
      breaker: breakers[transport]?.state ?? 'closed',
      retryAt: this.#retryAt.get(transport),
      state: own?.transport === transport ? own.state : undefined,
    }));
  }

  /** What the watchdog thinks of the connection; undefined while there is none. */
  get watch(): Watch | undefined {
    const { state } = this.status;
    return state === 'live' || state === 'suspect' || this.#watch?.judgement === 'stalled' ? this.#watch : undefined;
  }

  isolate(transport: Transport): void {
    this.client.breaker(transport).isolate();
  }

  reset(transport: Transport): void {
    this.client.breaker(transport).reset();
  }

  /** Ends whatever wait there is, and replaces a connection that lives. */
  reconnect(): void {
    this.#hurry.abort();
    this.client.reconnect();
  }

  dispose(): void {
    this.#gone.abort();
    this.client.dispose();
  }

  #listen(): void {
    const hooks = this.#hooks;
    this.client.on('retry', (event) => hooks.retry(event));
    this.client.on('breaker', (event) => {
      this.#retryAt.set(event.transport, event.retryAt);
      hooks.breaker(event);
    });
    this.client.on('stall', (event) => {
      this.#watch = event;
      hooks.stall(event);
    });
  }

  /** Loads what the client could not heal, as its documents say. */
  async catchUp(): Promise<void> {
    if (this.#catchingUp) return;
    this.#catchingUp = true;
    await this.#load(() => this.#hooks.restarted());
    this.#catchingUp = false;
  }

  /** History first, so that the subscription knows behind which message it begins. */
  async #begin(): Promise<void> {
    await this.#load(() => this.#chat.restart());
    if (!this.#gone.signal.aborted) this.#subscription = this.#subscribe(this.#chat.whole ?? 0);
  }

  /** Again and again, until the chat has what history has. */
  async #load(restarted: () => void): Promise<void> {
    const { signal } = this.#gone;
    for (let failures = 0; !signal.aborted; ) {
      this.#loads = failures + 1;
      try {
        const messages = await this.#news();
        if (!signal.aborted) this.#hooks.loaded(messages);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof Restarted) {
          restarted();
          continue;
        }
        failures += 1;
        await this.#pause(error, failures);
      }
    }
  }

  async #pause(error: unknown, failures: number): Promise<void> {
    const wait = AGAIN_MS[Math.min(failures, AGAIN_MS.length) - 1]!;
    this.#loadAt = Date.now() + wait;
    this.#hooks.notLoaded(error, wait, failures);
    this.#hurry = new AbortController();
    await passed(wait, AbortSignal.any([this.#gone.signal, this.#hurry.signal]));
    this.#loadAt = undefined;
  }

  /** What the chat has not yet. */
  #news(): Promise<readonly Message[]> {
    const ask = this.requests.history.bind(this.requests);
    const { whole } = this.#chat;
    return whole === undefined ? newest(ask) : behind(ask, whole, (trace) => this.#chat.contradicts(trace));
  }

  #subscribe(startAfter: number): Dispose {
    const hooks = this.#hooks;
    const ended = (error?: unknown) => {
      if (!this.#gone.signal.aborted) hooks.ended(error);
    };
    let previous: State = 'idle';
    const changed = (state: State) => {
      if (!this.#gone.signal.aborted) hooks.state(state, previous);
      previous = state;
    };
    const connected = (reconnected: boolean) => {
      this.#watch = { judgement: 'alive', since: new Date() };
      hooks.connected(reconnected);
    };
    return this.client.subscribe<{ messages: unknown }>(
      { query: MESSAGES },
      { next: (result) => this.#deliver(result), error: ended, complete: ended },
      {
        continuity: this.#continuity(startAfter),
        connecting: (reconnecting) => hooks.connecting(reconnecting),
        connected,
        gap: (gap) => hooks.gap(gap),
        state: changed,
      },
    );
  }

  #deliver(result: ExecutionResult<{ messages: unknown }>): void {
    const message = parseMessage(result.data?.messages);
    if (message) this.#hooks.message(message, wireBytes(result), this.#backfilled.has(result));
    else this.#hooks.oddResult(result.errors?.map((error) => error.message).join('; ') ?? 'A result without a message.');
  }

  #continuity(startAfter: number): Continuity {
    return {
      key: KEY,
      startAfter: String(startAfter),
      auditMs: AUDIT_MS,
      backfill: async ({ lastKey }, { execute, signal }) => {
        const requests = new Requests(execute, signal);
        const messages = await this.#behind(requests, Number(lastKey ?? startAfter));
        const results = messages.map((message) => ({ data: { messages: message } }));
        for (const result of results) this.#backfilled.add(result);
        return results;
      },
    };
  }

  async #behind(requests: Requests, from: number): Promise<readonly Message[]> {
    try {
      return await behind((page) => requests.history(page), from, (trace) => this.#chat.contradicts(trace));
    } catch (error) {
      // Its ids begin anew, and the client would take them for known ones.
      if (error instanceof Restarted && !this.#gone.signal.aborted) this.#hooks.restarted();
      throw error;
    }
  }

  /** The watchdog's probe: nothing has come for a while; has anything been sent? */
  async #nothingIsMissing(): Promise<boolean> {
    const whole = this.#chat.whole ?? 0;
    const { latest } = await this.requests.position(whole);
    return latest <= (this.#chat.whole ?? 0);
  }
}

/** Resolves after a while, or at once when given up. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
