/** Requests and their documents: strings, TypedDocumentNode, TypedDocumentString. */

import { LifelineError } from './errors.js';
import { printDocument, type DocumentLike } from './print.js';

/** A GraphQL request with its document as text, as `url` and `headers` functions get it; graphql-sse's own shape. */
export interface RequestParams {
  operationName?: string | undefined;
  query: string;
  variables?: Record<string, unknown> | undefined;
  extensions?: Record<string, unknown> | undefined;
}

/** What is accepted beside `RequestParams`: `null` for nothing, and no `query` where the server knows the document (persisted). */
export interface TextRequest {
  operationName?: string | null | undefined;
  query?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
  extensions?: Record<string, unknown> | null | undefined;
}

/** What code generators put on a document: its result and its variables. */
export interface TypedDocument<Data, Variables> {
  __apiType?: ((variables: Variables) => Data) | undefined;
}

/** A document that knows its types: a TypedDocumentNode or a TypedDocumentString. */
// oxlint-disable-next-line typescript/no-wrapper-object-types -- a TypedDocumentString is a subclass of String
export type Document<Data, Variables> = TypedDocument<Data, Variables> & (DocumentLike | String);

/** A request whose document knows its types; `variables` is required where the document has a required one. */
export type TypedRequest<Data, Variables> = {
  query: Document<Data, Variables>;
  operationName?: string | null | undefined;
  extensions?: Record<string, unknown> | null | undefined;
} & ({} extends Variables ? { variables?: NoInfer<Variables> | undefined } : { variables: NoInfer<Variables> });

/** One operation over every form of document. */
export type Operation<Data = Record<string, unknown>, Variables = Record<string, unknown>> =
  | TextRequest
  | TypedRequest<Data, Variables>;

/** The request as it is sent: its document as text. Throws what the application should correct. */
export function toRequest(operation: Operation): RequestParams {
  if (typeof operation !== 'object' || operation === null) throw refused('must be an object with a query');
  const query: unknown = operation.query;
  if (typeof query === 'string') return operation as RequestParams;
  // A server that keeps documents is given another key in place of one.
  if (query === undefined || query === null) {
    const { query: _, operationName: __, variables: ___, ...rest } = operation as TextRequest;
    if (Object.values(rest).every((value) => value == null)) throw refused('must have a query, or name a document that the server keeps');
    return operation as RequestParams;
  }
  return { ...operation, query: toText(query) } as RequestParams;
}

function toText(query: unknown): string {
  if (query instanceof String) return String(query);
  if (typeof query === 'object' && (query as { kind?: unknown }).kind === 'Document') return printDocument(query as DocumentLike);
  throw refused('must have a query that is a string or a document');
}

function refused(why: string): LifelineError {
  return new LifelineError('option', `the request ${why}`);
}
