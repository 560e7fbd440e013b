/** Errors: always real ones, with a code that stays the same from version to version. */

import type { GraphQLFormattedError, Transport } from './types.js';

/** Every error code; the README's table says what each means. */
export const ErrorCode = {
  Network: 'network',
  Cut: 'cut',
  Timeout: 'timeout',
  Unauthorized: 'unauthorized',
  Http: 'http',
  ContentType: 'content-type',
  Graphql: 'graphql',
  Protocol: 'protocol',
  Headers: 'headers',
  Key: 'key',
  Backfill: 'backfill',
  ConnectionLimit: 'connection-limit',
  RetriesExhausted: 'retries-exhausted',
  Option: 'option',
  WasmUnavailable: 'wasm-unavailable',
  Internal: 'internal',
  Disposed: 'disposed',
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** What is known of an error beside its code and message. */
export interface ErrorDetails {
  /** May the same thing work later? */
  readonly retryable?: boolean | undefined;
  /** The HTTP status, where one came. */
  readonly status?: number | undefined;
  /** The GraphQL errors in a refusal's body. */
  readonly errors?: ReadonlyArray<GraphQLFormattedError> | undefined;
  /** The transport of the attempt that failed. */
  readonly transport?: Transport | undefined;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** What lies behind it: the last failure, or what a function of the application threw. */
  readonly cause?: unknown;
}

/** Known to all copies of this package, so that one recognises the other's errors. */
const BRAND = Symbol.for('graphql-lifeline.error');

/** An error of this package. */
export class LifelineError extends Error implements ErrorDetails {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly errors: ReadonlyArray<GraphQLFormattedError> | undefined;
  readonly transport: Transport | undefined;
  readonly retryAfterMs: number | undefined;
  declare readonly cause?: unknown;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = 'LifelineError';
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.status = details.status;
    this.errors = details.errors;
    this.transport = details.transport;
    this.retryAfterMs = details.retryAfterMs;
    // not enumerable, as a cause given to Error itself
    if (details.cause !== undefined) Object.defineProperty(this, 'cause', { value: details.cause, configurable: true, writable: true });
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** The part of a response that every implementation of fetch has. */
export interface ResponseLike {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
}

/** What is known of a network error. */
export interface NetworkErrorDetails<Response extends ResponseLike = ResponseLike> extends ErrorDetails {
  readonly code?: ErrorCode | undefined;
  readonly response?: Response | undefined;
}

/** The network or the server is at fault. The first argument is graphql-sse's: a message, an error or a response. */
export class NetworkError<Response extends ResponseLike = ResponseLike> extends LifelineError {
  /** The server's answer, its body unread; `undefined` if none came. */
  response: Response | undefined;

  constructor(about: string | Error | Response, details: NetworkErrorDetails<Response> = {}) {
    const message =
      typeof about === 'string' ? about
      : about instanceof Error ? about.message
      : `Server responded with ${about.status}: ${about.statusText}`;
    const response = typeof about === 'string' || about instanceof Error ? details.response : about;
    super(details.code ?? 'network', message, { retryable: true, status: response?.status, ...details });
    this.name = 'NetworkError';
    this.response = response;
  }
}

/** Is it an error of this package, from whichever copy of it? */
export function isLifelineError(error: unknown): error is LifelineError {
  return error instanceof Error && (error as { [BRAND]?: unknown })[BRAND] === true;
}

/** The codes that are nobody's network. */
const LOCAL: readonly string[] = ['graphql', 'headers', 'key', 'backfill', 'option', 'wasm-unavailable', 'internal', 'disposed'];

/** Makes the error that the core describes. */
export function makeError(code: ErrorCode, message: string, details: ErrorDetails, response: ResponseLike | undefined): LifelineError {
  return LOCAL.includes(code)
    ? new LifelineError(code, message, details)
    : new NetworkError(message, { ...details, code, response });
}
