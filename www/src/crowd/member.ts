/** One subscription of the crowd, and what became of it. */

import type { Client, State } from 'graphql-lifeline';
import { parseMessage } from '../message.js';
import { Tally } from '../race/tally.js';
import { technical } from '../technical.js';
import { behind, KEY, MESSAGES } from './documents.js';

export class Member {
  readonly #tally: Tally;
  state: State = 'idle';
  /** Why it ended, if it did by an error. */
  end = '';

  /** Hears of all messages behind `newest`. */
  constructor(client: Client, newest: number) {
    this.#tally = new Tally(newest);
    client.subscribe({ query: MESSAGES }, this.#sink(), {
      continuity: { key: KEY, startAfter: String(newest), backfill: ({ lastKey }, { execute }) => behind(Number(lastKey ?? newest), execute) },
      state: (state) => (this.state = state),
    });
  }

  get isLive(): boolean {
    return this.state === 'live' || this.state === 'suspect';
  }

  get received(): number {
    return this.#tally.figures(performance.now()).received;
  }

  /** One that waits for room misses nothing: it is given all when there is some. */
  get lost(): number {
    return this.isLive ? this.#tally.figures(performance.now()).lost : 0;
  }

  get doubled(): number {
    return this.#tally.figures(performance.now()).doubled;
  }

  sent(id: number, at: number): void {
    this.#tally.sent(id, at);
  }

  #sink() {
    return {
      next: ({ data }: { readonly data?: { readonly messages?: unknown } | null }) => {
        const message = parseMessage(data?.messages);
        if (message) this.#tally.arrived(message.id, performance.now());
      },
      error: (error: unknown) => (this.end = technical(error)),
      complete: () => {},
    };
  }
}
