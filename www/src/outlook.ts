/** What there is to show of a connection. */

import type { BreakerState, Judgement, State, Transport } from 'graphql-lifeline';

export interface Status {
  readonly state: State;
  readonly transport: Transport | undefined;
  readonly attempt: number;
  readonly retryAt: number | undefined;
}

/** One transport of the ladder. */
export interface Rung {
  readonly transport: Transport;
  /** Why it is left out, if it is. */
  readonly reason: string | undefined;
  readonly breaker: BreakerState;
  /** When an open breaker lets an attempt through (epoch milliseconds), if a time is set. */
  readonly retryAt: number | undefined;
  /** The subscription's state, if it is on this one. */
  readonly state: State | undefined;
}

/** The watchdog's judgement, and when the connection was last heard. */
export interface Watch {
  readonly judgement: Judgement;
  readonly since: Date;
}
