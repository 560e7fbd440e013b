/** What the tour has at hand: the page, as a script can play on it. */

import type { BreakerState, Transport } from 'graphql-lifeline';
import type { Order } from './orders.js';

/** The page at one moment. */
export interface Scene {
  readonly live: boolean;
  readonly transport: Transport | undefined;
  /** Connections that the subscription has had. */
  readonly connections: number;
  readonly breakers: { readonly [transport in Transport]?: BreakerState };
  readonly healed: number;
  readonly unhealed: number;
  readonly duplicated: number;
}

export interface Stage {
  /** A new client, with all transports on its ladder, and with waits between attempts no longer than this. */
  begin(maxWaitMs: number): void;
  scene(): Scene;
  /** Tells the server what to break. */
  order(what: Order): Promise<void>;
  /** Sends a message and says nothing of it to the chat, so that it is shown only when the subscription brings it. */
  send(text: string): Promise<number>;
  shown(id: number): boolean;
  reset(transport: Transport): void;
  /** How many of the server's messages are not shown. */
  missing(): Promise<number>;
}

/** The tour was stopped. */
export class Stopped extends Error {}

const LOOK_MS = 50;

/** Waits on a stage. Every wait ends when the tour is stopped. */
export class Patience {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Time to read. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) return reject(new Stopped());
      const stop = () => (clearTimeout(timer), reject(new Stopped()));
      const timer = setTimeout(() => {
        this.#signal.removeEventListener('abort', stop);
        resolve();
      }, ms);
      this.#signal.addEventListener('abort', stop, { once: true });
    });
  }

  /** Until it holds; `what` is for the error that says it never did. */
  async until(what: string, holds: () => boolean, limitMs = 20_000): Promise<void> {
    const end = performance.now() + limitMs;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`waited ${limitMs / 1000} s for ${what}, in vain`);
      await this.pause(LOOK_MS);
    }
  }
}
