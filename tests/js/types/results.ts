/** Results, clients and sinks fit into what others expect, without a cast. */

import type { FormattedExecutionResult, GraphQLFormattedError as GraphqlError } from 'graphql';
import type * as theirs from 'graphql-sse';
import type { Client, ExecutionResult, GraphQLFormattedError, Sink } from '../../../dist/index.js';
import { client, createClient } from './support.js';

interface Data {
  id: number;
}
declare const result: ExecutionResult<Data>;
declare const loose: ExecutionResult;
declare const error: GraphQLFormattedError;

// graphql-js
export const formatted: FormattedExecutionResult<Data> = result;
export const formattedLoose: FormattedExecutionResult = loose;
export const formattedError: GraphqlError = error;
export const errors: ReadonlyArray<GraphqlError> | undefined = result.errors;
declare const fromFormatted: FormattedExecutionResult<Data>;
export const back: ExecutionResult<Data>[] = [fromFormatted];

// graphql-sse: the import changes, the rest compiles
declare const formattedSink: theirs.Sink<FormattedExecutionResult<Data>>;
client.subscribe<Data>({ query: '{ id }' }, formattedSink);
declare const params: theirs.RequestParams;
client.subscribe(params, { next() {}, error() {}, complete() {} });
declare const listeners: theirs.EventListeners;
createClient({ url: '/', onMessage: () => {}, on: { connecting: listeners.connecting, connected: listeners.connected } });

// urql: forwardSubscription
interface Observer<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}
interface UrqlResult {
  incremental?: unknown;
  data?: null | unknown;
  errors?: { message: string; extensions?: object }[] | readonly { message: string }[];
  extensions?: Record<string, unknown>;
  hasNext?: boolean;
}
export function forwardSubscription(request: { query?: string | undefined; variables?: Record<string, unknown> | undefined; extensions?: Record<string, unknown> | undefined }) {
  return { subscribe: (sink: Observer<UrqlResult>) => ({ unsubscribe: client.subscribe(request, sink) }) };
}

// Relay: Network.create(fetchOrSubscribe)
interface RelayParameters {
  readonly id: string | null;
  readonly text: string | null;
  readonly name: string;
}
interface RelaySink {
  next(value: { data?: unknown; errors?: ReadonlyArray<{ message: string }> }): void;
  error(error: Error): void;
  complete(): void;
}
export function fetchOrSubscribe({ name, text, id }: RelayParameters, variables: Record<string, unknown>, sink: RelaySink): () => void {
  return client.subscribe({ operationName: name, query: text, variables, extensions: { id } }, { ...sink, error: (cause) => sink.error(cause as Error) });
}

// Apollo: a link over what print() gives
export function apolloLink(operation: { operationName: string | undefined; variables: Record<string, unknown>; extensions: Record<string, unknown> }, query: string, observer: Observer<FormattedExecutionResult>): () => void {
  const { next, error: fail, complete } = observer;
  return client.subscribe({ ...operation, query }, { next: next.bind(observer), error: fail.bind(observer), complete: complete.bind(observer) });
}

// a client is a client, whatever its options were
export const clients: Client[] = [createClient({ url: '/' }), createClient<false>({ url: '/', singleConnection: false })];
export const sinks: Sink<ExecutionResult<Data>>[] = [{ next: ({ data }) => void data?.id.toFixed(), error() {}, complete() {} }];
