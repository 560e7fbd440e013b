/** The surface of the WebAssembly module (src/web/js_client.rs), as TypeScript sees it. */

import type { ErrorCode, ResponseLike } from './errors.js';
import type { ExecutionResult, GapReason, Snapshot, State, Transport } from './types.js';

/** What the module exports. */
export interface Glue {
  initSync(start: { module: WebAssembly.Module }): unknown;
  readonly WebClient: new (options: unknown, host: Host) => Core;
}

/** A client in the module. After `free` it must not be touched. */
export interface Core {
  subscribe(request: unknown, once: boolean, resubscribe: boolean | undefined): number;
  dispose(op: number): void;
  close(): void;
  reconnect(): void;
  snapshot(): Snapshot;
  free(): void;
}

/** The module's connections (src/web/shell.js). */
export interface Shell {
  /** Closes everything, also when the module is dead. */
  closeAll(): void;
}

/** What the module calls. Nothing here may throw: the module would not survive it. */
export interface Host {
  next(op: number, result: ExecutionResult): void;
  complete(op: number): void;
  error(op: number, error: unknown): void;
  connecting(op: number, again: boolean): void;
  connected(op: number, again: boolean, transport: Transport, attempt: number): void;
  retry(op: number, retries: number, delayMs: number | undefined, error: unknown): void;
  gap(op: number, reason: GapReason, sinceMs: number): void;
  state(op: number, state: State): void;
  clientState(state: State, previous: State): void;
  /** Gives the client's connections, to be closed from outside should the module trap. */
  hold(shell: Shell): void;
  makeError(
    code: ErrorCode,
    message: string,
    retryable: boolean,
    status: number | undefined,
    transport: Transport | undefined,
    retryAfterMs: number | undefined,
    body: unknown,
    cause: unknown,
    response: ResponseLike | undefined,
  ): unknown;
}
