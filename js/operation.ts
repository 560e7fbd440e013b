/** Requests and their documents: strings, TypedDocumentNode, TypedDocumentString. */

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
export type Document<Data, Variables> = TypedDocument<Data, Variables> & (DocumentLike | String);

/** A request whose document knows its types; `variables` is required where the document has a required one. */
export type TypedRequest<Data, Variables> = {
  query: Document<Data, Variables>;
  operationName?: string | null | undefined;
  extensions?: Record<string, unknown> | null | undefined;
} & ({} extends Variables ? { variables?: Variables | undefined } : { variables: Variables });

/** One operation over every form of document. */
export type Operation<Data = Record<string, unknown>, Variables = Record<string, unknown>> =
  | TextRequest
  | TypedRequest<Data, Variables>;
