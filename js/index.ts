/**
 * GraphQL subscriptions over Server-Sent Events that survive cuts and crashing servers.
 *
 * @packageDocumentation
 */
/// <reference lib="esnext.disposable" preserve="true" />

export { createClient } from './client.js';
export * from './compat.js';
export { ErrorCode, type ErrorDetails, isLifelineError, LifelineError, NetworkError, type ResponseLike } from './errors.js';
export type { Document, Operation, RequestParams, TextRequest, TypedDocument, TypedRequest } from './operation.js';
export type * from './types.js';
export { wireBytes } from './wire-bytes.js';
