/** The application's part in continuity: its function for keys, and its backfill. */

import { LifelineError } from './errors.js';
import type { RequestParams } from './operation.js';
import type { BackfillGap, Client, Continuity, ExecutionResult } from './types.js';

/** The module is at work, and cannot take calls, while a function for keys runs. */
let reading = false;

/** Throws where a function for keys calls a client. */
export function notWhileReading(): void {
  if (reading) throw new LifelineError('option', 'continuity.key must not call the client; it should only read the result');
}

/** The function as the module calls it. */
export function reader(key: (result: ExecutionResult) => unknown): (result: ExecutionResult) => unknown {
  return (result) => {
    reading = true;
    try {
      return key(result);
    } finally {
      reading = false;
    }
  };
}

/** A count below 0: it has failed, with this. */
type Answer = (round: number, answer: unknown, count: number) => void;

/** The backfill of one operation. */
export class Healing {
  private running: AbortController | undefined;

  constructor(
    private readonly continuity: Continuity | undefined,
    private readonly request: RequestParams,
    private readonly execute: (request: RequestParams, signal: AbortSignal | undefined) => Promise<never>,
    private readonly answer: Answer,
  ) {}

  /** Asks the application. A round that is still out is of no more use. */
  async ask(round: number, gap: Omit<BackfillGap, 'operation'>, operation: number): Promise<void> {
    this.stop();
    const { signal } = (this.running = new AbortController());
    const { operationName, variables } = this.request;
    try {
      const execute = ((request: RequestParams, options?: { signal?: AbortSignal }) => this.execute(request, options?.signal ?? signal)) as Client['execute'];
      const whole = { ...gap, operation: { id: operation, operationName: operationName ?? undefined, variables: variables ?? undefined } };
      const results: unknown = await this.continuity?.backfill?.(whole, { execute, signal });
      if (!Array.isArray(results) || !results.every((result) => typeof result === 'object' && result !== null)) {
        throw new TypeError('continuity.backfill must return a list of results, each as the subscription would have brought it');
      }
      if (!signal.aborted) this.answer(round, results, results.length);
    } catch (error) {
      if (!signal.aborted) this.answer(round, error, -1);
    }
  }

  /** What runs is of no more use. */
  stop(): void {
    this.running?.abort();
    this.running = undefined;
  }
}
