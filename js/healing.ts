/** The application's part in continuity: its function for keys, its backfill, its hydrate. */

import { LifelineError } from './errors.js';
import type { RequestParams } from './operation.js';
import type { BackfillContext, BackfillGap, Client, Continuity, ExecutionResult } from './types.js';

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

/** As `lifeline_answered` takes it (core.ts). */
type Answer = (about: number, answer: unknown, count: number) => void;

/** The backfill and the hydrate of one operation. */
export class Healing {
  /** What runs: backfills by their rounds, hydrates by their tickets, below 0. */
  private readonly running = new Map<number, AbortController>();

  constructor(
    private readonly continuity: Continuity | undefined,
    private readonly request: RequestParams,
    private readonly execute: (request: RequestParams, signal: AbortSignal | undefined) => Promise<never>,
    private readonly answer: Answer,
  ) {}

  /** Asks the application. A round that is still out is of no more use. */
  ask(round: number, gap: Omit<BackfillGap, 'operation'>, operation: number): void {
    this.stop(round);
    const { operationName, variables } = this.request;
    const whole = { ...gap, operation: { id: operation, operationName: operationName ?? undefined, variables: variables ?? undefined } };
    void this.run(
      round,
      async (context) => {
        const results: unknown = await this.continuity?.backfill?.(whole, context);
        if (!Array.isArray(results) || !results.every((result) => typeof result === 'object' && result !== null)) {
          throw new TypeError('continuity.backfill must return a list of results, each as the subscription would have brought it');
        }
        return [results, results.length];
      },
      () => -1,
    );
  }

  /** Has the application fetch the whole of a notification; `undefined`: that is of no more use. */
  hydrate(ticket: number, notification: ExecutionResult | undefined): void {
    this.running.get(-ticket)?.abort();
    if (!notification) return;
    void this.run(
      -ticket,
      async (context) => [await this.continuity?.hydrate?.(notification, context), -1],
      // GraphQL errors that are thrown stay what they are
      (error) => (error?.retryable ?? !error?.errors ? (error?.retryAfterMs ?? 0) : NaN),
    );
  }

  private async run(about: number, call: (context: BackfillContext) => Promise<[answer: unknown, count: number]>, failed: (error: any) => number): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    this.running.set(about, controller);
    const execute = ((request: RequestParams, options?: { signal?: AbortSignal }) => this.execute(request, options?.signal ?? signal)) as Client['execute'];
    let answer;
    try {
      answer = await call({ execute, signal });
    } catch (error) {
      answer = [error, failed(error)] as const;
    }
    this.running.delete(about);
    if (!signal.aborted) this.answer(about, ...answer);
  }

  /** What runs is of no more use: backfills up to this round, or everything. */
  stop(round?: number): void {
    for (const [about, controller] of this.running) {
      if (round === undefined || (about > 0 && about <= round)) controller.abort();
    }
  }
}
