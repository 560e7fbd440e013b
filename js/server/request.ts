/** What a request says about segments. */

import { decoded, joined } from './bytes.js';
import { isSegmentBytes } from './options.js';

/** A larger body is not looked into. */
const MAX_BODY_BYTES = 1024 * 1024;

/** graphql-sse, single connection mode. */
const TOKEN = 'x-graphql-event-stream-token';

export interface Asked {
  /** The most bytes of a slice; none: no segments are wanted. */
  readonly bytes?: number | undefined;
  /** The name of the operation that it starts on a reserved stream. */
  readonly operation?: string | undefined;
  /** The reserved stream that it names. */
  readonly token?: string | undefined;
  /** Does it open that? */
  readonly opens?: boolean | undefined;
}

/** Reads it, without using up the request's body. What cannot be read asks for nothing: the handler will say what is wrong with it. */
export async function asked(request: Request): Promise<Asked> {
  try {
    const { searchParams } = new URL(request.url, 'http://localhost');
    const token = request.headers.get(TOKEN) ?? searchParams.get('token') ?? undefined;
    if (token === undefined && !request.headers.get('accept')?.includes('text/event-stream')) return {};
    if (request.method === 'GET') {
      // With an operation in the URL the token is a server's own idea of a token.
      const opens = token !== undefined && !['query', 'extensions'].some((name) => searchParams.has(name));
      return { token, opens, bytes: wishes({ extensions: parsed(searchParams.get('extensions')) }).bytes };
    }
    const isJson = /^application\/([^;]*\+)?json\s*(;|$)/i.test(request.headers.get('content-type') ?? '');
    if (request.method !== 'POST' || !isJson) return { token };
    return { token, ...wishes(parsed(await bodyOf(request))) };
  } catch {
    return {};
  }
}

function parsed(json: string | null | undefined): any {
  try {
    return JSON.parse(json ?? '');
  } catch {
    return undefined;
  }
}

function wishes(parameters: any): Asked {
  const extensions = parameters?.extensions;
  const bytes: unknown = extensions?.lifeline?.maxSegmentBytes;
  const operation: unknown = extensions?.operationId;
  return { bytes: isSegmentBytes(bytes) ? bytes : undefined, operation: typeof operation === 'string' ? operation : undefined };
}

async function bodyOf(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get('content-length')) > MAX_BODY_BYTES) return undefined;
  const copy = request.clone();
  // whatwg-node's requests, on Node, are their own clones, and their text can be read more than once.
  if (copy === request) return request.text();
  const reader = copy.body?.getReader();
  const pieces: Uint8Array[] = [];
  for (let bytes = 0; reader; ) {
    const { done, value } = await reader.read();
    if (done) return decoded(joined(pieces));
    bytes += value.length;
    if (bytes > MAX_BODY_BYTES) {
      void reader.cancel().catch(() => {}); // is done only when the handler has read its own copy
      return undefined;
    }
    pieces.push(value);
  }
  return undefined;
}
