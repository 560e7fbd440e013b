/** What the client tells, in lines of the event log. */

import type { ClientEvents, Gap, State } from 'graphql-lifeline';
import type { EventLog } from './log.js';
import type { Message } from './message.js';
import { technical } from './technical.js';
import { countdown, plural, transportName } from './words.js';

export class Journal {
  readonly #log: EventLog;

  constructor(log: EventLog) {
    this.#log = log;
  }

  loaded(messages: readonly Message[]): void {
    this.#log.add('history', `${plural(messages.length, 'message')} loaded`);
  }

  notLoaded(error: unknown, retryInMs: number): void {
    this.#log.add('error', `history: ${technical(error)}; again in ${retryInMs / 1000} s`);
  }

  connecting(again: boolean): void {
    this.#log.add('connect', again ? 'connecting again' : 'connecting');
  }

  connected(again: boolean, transport: string | undefined): void {
    this.#log.add('connect', `${again ? 'connected again' : 'connected'}${transport ? ` by ${transportName(transport)}` : ''}`);
  }

  retry({ error, delayMs }: ClientEvents['retry']): void {
    const when = delayMs === undefined ? 'soon' : `in ${Math.round(delayMs)} ms`;
    this.#log.add('retry', `${technical(error)}; trying again ${when}`);
  }

  gap({ reason, since, recovered, error }: Gap): void {
    const outcome = recovered ? 'healed' : `not healed${error ? ` (${technical(error)})` : ''}: the page loads what is missing itself`;
    this.#log.add('gap', `${reason}: something may have been missed since ${since.toLocaleTimeString()}; ${outcome}`);
  }

  breaker({ transport, state, previous, retryAt }: ClientEvents['breaker']): void {
    const then = state !== 'open' ? '' : retryAt === undefined ? ', until it is reset' : `, tried again ${countdown(retryAt)}`;
    this.#log.add('breaker', `${transportName(transport)}: ${previous} → ${state}${then}`);
  }

  stall({ judgement, since }: ClientEvents['stall']): void {
    this.#log.add('stall', `the connection is ${judgement}; last heard at ${since.toLocaleTimeString()}`);
  }

  state(state: State, previous: State): void {
    this.#log.add('state', `${previous} → ${state}`);
  }

  restarted(): void {
    this.#log.add('note', 'the server was restarted and counts its messages from the beginning; the list begins anew');
  }

  ended(error: unknown): void {
    this.#log.add('error', error === undefined ? 'the server completed the subscription' : `the subscription ended: ${technical(error)}`);
  }
}
