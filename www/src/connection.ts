/** One client with its one subscription, from `createClient` to `dispose`. */

import { createClient, wireBytes, type Client, type ClientEvents, type Dispose, type Gap, type State, type Transport } from 'graphql-lifeline';
import type { PageRequest } from './history.js';
import { parseMessage, type Message } from './message.js';

/** Which transports the client may use: all of its ladder, or the one that was pinned. */
export type Pin = 'auto' | 'eventsource' | 'fetch';

const LADDERS: Readonly<Record<Pin, readonly Transport[]>> = {
  auto: ['eventsource', 'fetch'],
  eventsource: ['eventsource'],
  fetch: ['fetch'],
};

const FIELDS = '{ id author text sentAt }';
const MESSAGES = `subscription { messages ${FIELDS} }`;
const SEND = `mutation($author:String!,$text:String!){ send(author:$author,text:$text)${FIELDS} }`;
const HISTORY = `query($last:Int,$before:Int){ history(last:$last,before:$before)${FIELDS} }`;

/** How long queries and mutations may take. */
const ANSWER_MS = 20_000;

export interface Hooks {
  message(message: Message, bytes: number): void;
  /** A result that carries GraphQL errors, or no message. */
  oddResult(text: string): void;
  connecting(reconnecting: boolean): void;
  connected(reconnected: boolean): void;
  retry(event: ClientEvents['retry']): void;
  gap(gap: Gap): void;
  /** The subscription's state changed; the client's own state counts mutations and queries too. */
  state(state: State, previous: State): void;
  /** The subscription is over: with an error, or because the server completed it. */
  ended(error: unknown): void;
}

/** What there is to show of a connection. */
export interface Status {
  readonly state: State;
  readonly transport: Transport | undefined;
  readonly attempt: number;
  readonly retryAt: number | undefined;
}

export class Connection {
  readonly #client: Client;
  readonly #hooks: Hooks;
  readonly #gone = new AbortController();
  readonly #subscription: Dispose;

  /** Throws what `createClient` throws. */
  constructor(pin: Pin, hooks: Hooks) {
    this.#hooks = hooks;
    this.#client = createClient({ url: '/graphql', method: 'GET', transports: LADDERS[pin] });
    this.#client.on('retry', (event) => hooks.retry(event));
    this.#subscription = this.#subscribe();
  }

  get status(): Status {
    const { operations } = this.#client.snapshot();
    const operation = operations.find(({ kind }) => kind === 'subscription');
    return {
      state: operation?.state ?? this.#subscription.state,
      transport: operation?.transport,
      attempt: operation?.attempt ?? 0,
      retryAt: operation?.retryAt,
    };
  }

  async send(author: string, text: string): Promise<Message> {
    const data = await this.#execute(SEND, { author, text });
    const message = parseMessage(data['send']);
    if (!message) throw new Error('The server answered without the message.');
    return message;
  }

  async history(page: PageRequest): Promise<readonly Message[]> {
    const { history } = await this.#execute(HISTORY, { ...page });
    if (!Array.isArray(history)) throw new Error('The server answered without a history.');
    return history.map(parseMessage).filter((message) => message !== undefined);
  }

  reconnect(): void {
    this.#client.reconnect();
  }

  dispose(): void {
    this.#gone.abort();
    this.#client.dispose();
  }

  #subscribe(): Dispose {
    const hooks = this.#hooks;
    const ended = (error?: unknown) => {
      if (!this.#gone.signal.aborted) hooks.ended(error);
    };
    let previous: State = 'idle';
    const changed = (state: State) => {
      if (!this.#gone.signal.aborted) hooks.state(state, previous);
      previous = state;
    };
    return this.#client.subscribe<{ messages: unknown }>(
      { query: MESSAGES },
      {
        next: (result) => {
          const message = parseMessage(result.data?.messages);
          if (message) hooks.message(message, wireBytes(result));
          else hooks.oddResult(result.errors?.map((error) => error.message).join('; ') ?? 'A result without a message.');
        },
        error: ended,
        complete: ended,
      },
      {
        connecting: (reconnecting) => hooks.connecting(reconnecting),
        connected: (reconnected) => hooks.connected(reconnected),
        gap: (gap) => hooks.gap(gap),
        state: changed,
      },
    );
  }

  async #execute(query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
    const signal = AbortSignal.any([this.#gone.signal, AbortSignal.timeout(ANSWER_MS)]);
    const { data, errors } = await this.#client.execute({ query, variables }, { signal });
    if (errors?.length) throw new Error(errors.map((error) => error.message).join('; '));
    if (!data) throw new Error('The server answered without data.');
    return data;
  }
}
