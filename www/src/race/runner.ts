/** One client on its way: how it stands, and what can be said of it. */

import type { State } from 'graphql-lifeline';
import { parseMessage } from '../message.js';
import { technical } from '../technical.js';
import type { Racer } from './clients.js';
import { Tally, type Figures } from './tally.js';

/** What a lane shows. */
export interface Standing extends Figures {
  readonly state: State;
  readonly requests: number;
  /** Why it ended, if it did by an error. */
  readonly end: string;
}

export const AT_REST: Standing = { state: 'idle', requests: 0, end: '', received: 0, lost: 0, silent: 0, doubled: 0, late: 0 };

export class Runner {
  readonly #tally: Tally;
  readonly #stop: () => void;
  #state: State = 'idle';
  #since = performance.now();
  #requests = 0;
  #end = '';
  #final: Standing | undefined;

  /** Counts the messages of this author behind `newest`. */
  constructor(racer: Racer, newest: number, author: string) {
    this.#tally = new Tally(newest);
    const tally = this.#tally;
    this.#stop = racer.run(newest, {
      result: (result) => this.#result(result, author),
      state: (state) => this.#turn(state),
      cutOff: () => tally.doubt(),
      connected: (answersForGaps) => tally.connected(performance.now(), answersForGaps),
      gap: (after) => tally.told(after, performance.now()),
      ended: (error) => this.#ended(error),
      request: () => void (this.#requests += 1),
    });
  }

  get isLive(): boolean {
    return this.#state === 'live' || this.#state === 'suspect';
  }

  /** Since when it has been connected, or has ended; not at all while it tries. */
  get settledSince(): number {
    return this.isLive || this.#state === 'closed' ? this.#since : Infinity;
  }

  get standing(): Standing {
    return this.#final ?? { state: this.#state, requests: this.#requests, end: this.#end, ...this.#tally.figures(performance.now()) };
  }

  sent(id: number, at: number): void {
    this.#tally.sent(id, at);
  }

  /** The figures stay what they are now. */
  stop(): void {
    this.#final ??= { ...this.standing, state: 'closed' };
    this.#stop();
  }

  #result(result: unknown, author: string): void {
    const data = (result as { readonly data?: { readonly messages?: unknown } | null }).data;
    const message = parseMessage(data?.messages);
    if (message?.author === author) this.#tally.arrived(message.id, performance.now());
  }

  #turn(state: State): void {
    const was = this.isLive;
    this.#state = state;
    if (!(was && this.isLive)) this.#since = performance.now();
  }

  #ended(error: unknown): void {
    this.#end = error === undefined ? 'It has ended.' : `It has given up: ${technical(error)}`;
    this.#tally.doubt();
    this.#turn('closed');
  }
}
