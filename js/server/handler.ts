/** `withLifeline`: any handler, with segments and heartbeats on its event streams. */

import { checked, type LifelineOptions } from './options.js';
import { asked } from './request.js';
import { Reserved } from './reserved.js';
import { withBody } from './stream.js';

/**
 * Wraps a handler that answers a `Request` with a `Response`. Its event streams get heartbeats, and large results go
 * as segments to whoever asks for them (PROTOCOL.md, "Segments"). Every other answer is passed on as it is.
 *
 * graphql-yoga, behind Node's own server (`@whatwg-node/server` comes with it):
 * ```ts
 * const yoga = createYoga({ schema });
 * createServer(createServerAdapter(withLifeline((request: Request) => yoga.fetch(request)))).listen(4000);
 * ```
 *
 * Hono:
 * ```ts
 * const handle = withLifeline((request: Request) => yoga.fetch(request));
 * app.all('/graphql', (c) => handle(c.req.raw));
 * ```
 *
 * Next.js, in `app/api/graphql/route.ts`:
 * ```ts
 * export const GET = withLifeline((request: Request) => yoga.fetch(request));
 * export const POST = GET;
 * ```
 *
 * graphql-sse:
 * ```ts
 * import { createHandler } from 'graphql-sse/lib/use/fetch';
 * export default { fetch: withLifeline(createHandler({ schema })) };
 * ```
 *
 * One wrapper serves all requests of a path: on reserved streams (single connection mode), what an operation asked
 * for is remembered from one request to another.
 *
 * @throws {TypeError} with the name of an option that is refused.
 */
export function withLifeline<Its extends Request, Rest extends unknown[]>(
  handler: (request: Its, ...rest: Rest) => Response | Promise<Response>,
  options: LifelineOptions = {},
): (request: Its, ...rest: Rest) => Promise<Response> {
  if (typeof handler !== 'function') throw new TypeError('handler: must be a function that answers a Request with a Response');
  const settings = checked(options, ['singleConnection']);
  const reserved = new Reserved();
  const limited = (bytes: number | undefined): number | undefined => bytes && Math.min(bytes, settings.maxSegmentBytes ?? bytes);

  return async (request, ...rest) => {
    const { token, operation, opens, bytes } = await asked(request);
    const { signal } = request;
    // Before the handler: its first result may be on the stream before its answer is here.
    const undo = token !== undefined && operation !== undefined ? reserved.start(token, operation, limited(bytes)) : undefined;
    const response = await handler(request, ...rest);
    if (!response.ok) undo?.();
    if (token === undefined || !opens) return withBody(response, settings, () => limited(bytes), { signal });
    const over = (): void => reserved.end(token);
    return withBody(response, { ...settings, singleConnection: true }, (id) => reserved.limit(token, id), { signal, over });
  };
}
