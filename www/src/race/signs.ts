/** What a client tells the page that it runs in. */

import type { State } from 'graphql-lifeline';

/** How a race follows one client. */
export interface Signs {
  result(result: unknown): void;
  state(state: State): void;
  /** It is cut off: what comes from now on may be missed. */
  cutOff(): void;
  /** It is connected. Does it answer for what came meanwhile, or leave that to the page? */
  connected(answersForGaps: boolean): void;
  /** Something behind this message may be missing. */
  gap(after: number): void;
  /** It is over, by an error if there is one. */
  ended(error?: unknown): void;
  /** It has asked the server for something: a request, or a socket. */
  request(): void;
}
