/** Documents that know their types: right variables compile, wrong and missing ones do not. */

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { DocumentNode } from 'graphql';
import type { ExecutionResult, Operation, TypedRequest } from '../../../dist/index.js';
import { anySink, client, holds, type Same, sink } from './support.js';

interface Message {
  message: { id: number; text: string };
}
interface Room {
  room: string;
  last?: number;
}

declare const node: TypedDocumentNode<Message, Room>;
declare const optional: TypedDocumentNode<Message, { last?: number }>;
declare const none: TypedDocumentNode<Message, Record<string, never>>;
declare const exact: TypedDocumentNode<Message, { [key: string]: never }>;
/** As graphql-code-generator writes it with documentMode: 'string'. */
declare class TypedDocumentString<TResult, TVariables> extends String {
  __apiType?: (variables: TVariables) => TResult;
  toString(): string & { __apiType?: (variables: TVariables) => TResult };
}
declare const text: TypedDocumentString<Message, Room>;
declare const untyped: DocumentNode;

// the result's type comes from the document
client.subscribe({ query: node, variables: { room: 'x' } }, sink<ExecutionResult<Message>>());
client.subscribe(
  { query: node, variables: { room: 'x', last: 1 }, operationName: 'M', extensions: { a: 1 } },
  { next: (result) => holds<Same<typeof result, ExecutionResult<Message>>>(), error() {}, complete() {} },
);
client.subscribe(
  { query: text, variables: { room: 'x' } },
  { next: ({ data }) => holds<Same<typeof data, Message | null | undefined>>(), error() {}, complete() {} },
);
async function results(): Promise<void> {
  const { data } = await client.execute({ query: node, variables: { room: 'x' } });
  holds<Same<typeof data, Message | null | undefined>>();
  for await (const result of client.iterate({ query: text, variables: { room: 'x' } })) holds<Same<typeof result, ExecutionResult<Message>>>();
}

// missing variables
// @ts-expect-error variables are missing
client.subscribe({ query: node }, anySink);
// @ts-expect-error variables are missing
client.iterate({ query: node });
// @ts-expect-error variables are missing
client.execute({ query: node });
// @ts-expect-error variables are missing
client.execute({ query: text });
// @ts-expect-error they must not be undefined
client.execute({ query: node, variables: undefined });
// @ts-expect-error room is missing
client.execute({ query: node, variables: {} });
// @ts-expect-error room is missing
client.execute({ query: text, variables: { last: 1 } });

// wrong variables
// @ts-expect-error room is a string
client.subscribe({ query: node, variables: { room: 1 } }, anySink);
// @ts-expect-error room is a string
client.iterate({ query: node, variables: { room: null } });
// @ts-expect-error there is no rooms
client.execute({ query: node, variables: { room: 'x', rooms: 'y' } });
// @ts-expect-error last is a number
client.execute({ query: text, variables: { room: 'x', last: 'all' } });

// variables that may be left out
client.execute({ query: optional });
client.execute({ query: optional, variables: undefined });
client.execute({ query: optional, variables: {} });
client.execute({ query: optional, variables: { last: 1 } });
client.execute({ query: none });
client.execute({ query: none, variables: {} });
client.execute({ query: exact });
// @ts-expect-error last is a number
client.execute({ query: optional, variables: { last: 'all' } });
// @ts-expect-error it takes no variables
client.execute({ query: none, variables: { last: 1 } });

// wrong sinks
// @ts-expect-error the result is a Message
client.subscribe({ query: node, variables: { room: 'x' } }, sink<ExecutionResult<{ other: string }>>());

// plain text: anything goes, and the result is what the caller says it is
client.subscribe({ query: 'subscription { a }' }, anySink);
client.subscribe({ query: 'subscription { a }', variables: { any: [1] } }, sink<ExecutionResult<Record<string, unknown>>>());
client.subscribe<Message>({ query: 'subscription { a }' }, sink<ExecutionResult<Message>>());
client.subscribe<Message, { traced: boolean }>({ query: 'subscription { a }' }, sink<ExecutionResult<Message, { traced: boolean }>>());
client.execute<Message>({ query: '{ a }' }).then(({ data }) => holds<Same<typeof data, Message | null | undefined>>());
client.execute({ query: untyped, variables: { any: 1 } });
client.execute({ query: untyped });

// optional fields accept undefined, and null where others give it
client.execute({ query: '{ a }', variables: undefined, operationName: undefined, extensions: undefined });
client.execute({ query: '{ a }', variables: null, operationName: null, extensions: null });
client.execute({ query: undefined, extensions: { persistedQuery: {} } });
client.execute({ query: null, extensions: { persistedQuery: {} } });
client.execute({ query: node, variables: { room: 'x' }, operationName: undefined, extensions: undefined });
client.execute({ query: optional, variables: undefined, operationName: null });

// what is no request
// @ts-expect-error a request is an object
client.execute('{ a }');
// @ts-expect-error a request is an object
client.execute(undefined);
// @ts-expect-error a document is text or a tree
client.execute({ query: 1 });

// a wrapper can be written over both
export function wrapped<Data, Variables>(request: TypedRequest<Data, Variables>): Promise<ExecutionResult<Data>> {
  return client.execute(request);
}
wrapped({ query: node, variables: { room: 'x' } }).then(({ data }) => holds<Same<typeof data, Message | null | undefined>>());
// @ts-expect-error variables are missing
wrapped({ query: node });
export const operations: Operation[] = [{ query: '{ a }' }, { query: untyped as DocumentNode & { kind: 'Document' } }];
void results;
