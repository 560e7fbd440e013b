/** What graphql-sse exports beside its client, for projects that move over. */

import type { ExecutionResult } from './types.js';

/** Header of the single connection mode's token. */
export const TOKEN_HEADER_KEY = 'x-graphql-event-stream-token' as const;
/** URL parameter of the single connection mode's token. */
export const TOKEN_QUERY_KEY = 'token' as const;

/** The names of events. */
export type StreamEvent = 'next' | 'complete';

/** A part of an incrementally delivered result. */
export interface ExecutionPatchResult<Data = unknown, Extensions = Record<string, unknown>> extends ExecutionResult<Data, Extensions> {
  readonly path?: ReadonlyArray<string | number>;
  readonly label?: string;
  readonly hasNext: boolean;
}

/** The data of an event in distinct connections mode. */
export type StreamData<E extends StreamEvent> = E extends 'next' ? ExecutionResult | ExecutionPatchResult : E extends 'complete' ? null : never;

/** The data of an event in single connection mode. */
export type StreamDataForID<E extends StreamEvent> = E extends 'next'
  ? { id: string; payload: ExecutionResult | ExecutionPatchResult }
  : E extends 'complete'
    ? { id: string }
    : never;

/** Returns the name of an event of the protocol, and throws for any other. */
export function validateStreamEvent(name: unknown): StreamEvent {
  if (name === 'next' || name === 'complete') return name;
  throw new Error(`Invalid stream event "${name}"`);
}

/** Prints an event as the protocol has it on the wire. */
export function print<ForID extends boolean, E extends StreamEvent>(message: {
  event: E;
  data: ForID extends true ? StreamDataForID<E> : StreamData<E>;
}): string {
  const data = message.data ? ` ${JSON.stringify(message.data)}` : '';
  return `event: ${message.event}\ndata:${data}\n\n`;
}

/** Parses an event's data; throws for what is no JSON, and for a `next` without any. */
export function parseStreamData<ForID extends boolean, E extends StreamEvent>(
  name: E,
  data: string,
): ForID extends true ? StreamDataForID<E> : StreamData<E> {
  let parsed: unknown = null;
  try {
    if (data) parsed = JSON.parse(data);
  } catch {
    throw new Error('Invalid stream data');
  }
  if (name === 'next' && !parsed) throw new Error('Stream data must be an object for "next" events');
  return parsed as ReturnType<typeof parseStreamData<ForID, E>>;
}

/** Can it be iterated over asynchronously? */
export function isAsyncIterable<T>(value: unknown): value is AsyncIterable<T> {
  return typeof Object(value)[Symbol.asyncIterator] === 'function';
}

/** Is it an async generator? */
export function isAsyncGenerator<T>(value: unknown): value is AsyncGenerator<T> {
  return isAsyncIterable(value) && ['next', 'return', 'throw'].every((name) => typeof Object(value)[name] === 'function');
}
