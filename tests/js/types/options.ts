/** Options and answers of the client. */

import { ErrorCode, isLifelineError, type LifelineError, NetworkError, wireBytes } from '../../../dist/index.js';
import type { ClientEvents, ClientOptions, Dispose, Gap, RequestParams, Snapshot, State, StreamMessage } from '../../../dist/index.js';
import { anySink, client, createClient, holds, type Same } from './support.js';

const url = '/graphql';

// every option, and undefined for each that is optional
createClient({
  url: async (request) => {
    holds<Same<typeof request, RequestParams>>();
    return request.query;
  },
  httpUrl: () => url,
  dialect: 'plain',
  method: 'GET',
  transports: ['eventsource', 'fetch', 'websocket'] as const,
  websocket: { url: () => url, connectionParams: async ({ reason }) => (holds<Same<typeof reason, 'connect' | 'unauthorized' | 'renew'>>(), { token: 't' }), webSocketImpl: WebSocket },
  fallForward: true,
  renewAfterMs: () => undefined,
  whenHidden: 'slow',
  overlap: false,
  lastEventId: true,
  continuity: (request) => (holds<Same<typeof request, RequestParams>>(), { key: 'a.b' }),
  headers: async (request, { attempt, reason, signal }) => {
    holds<Same<typeof attempt, number>>();
    holds<Same<typeof signal, AbortSignal>>();
    holds<Same<typeof reason, 'connect' | 'unauthorized' | 'renew'>>();
    return { query: request.query };
  },
  credentials: 'include',
  referrer: 'about:client',
  referrerPolicy: 'no-referrer',
  fetchFn: fetch,
  abortControllerImpl: AbortController,
  retryAttempts: Infinity,
  retry: async (retries) => holds<Same<typeof retries, number>>(),
  connectTimeoutMs: 1,
  headStartMs: false,
  resubscribe: false,
  on: { connecting: (again) => holds<Same<typeof again, boolean>>(), connected() {}, message: (message) => holds<Same<typeof message, StreamMessage>>() },
  onMessage() {},
  singleConnection: false,
  generateID: () => 'id',
});
createClient({
  url, httpUrl: undefined, dialect: undefined, method: undefined, transports: undefined, headers: undefined, credentials: undefined, referrer: undefined,
  referrerPolicy: undefined, fetchFn: undefined, abortControllerImpl: undefined, retryAttempts: undefined, retry: undefined, connectTimeoutMs: undefined, headStartMs: undefined,
  resubscribe: undefined, backoff: undefined, on: undefined, onMessage: undefined, singleConnection: undefined, generateID: undefined,
});
createClient({ url, websocket: { url, connectionParams: undefined, webSocketImpl: undefined } });
createClient({ url, backoff: { initialMs: undefined, maxMs: 1, factor: 2 }, on: { message: undefined } });
createClient({ url, headers: { a: 'b' } });
createClient({ url, headers: () => undefined });

// options that are refused when it runs are refused when it compiles
// @ts-expect-error url is missing
createClient({});
// @ts-expect-error there are options
createClient();
// @ts-expect-error a URL is text here
createClient({ url: 1 });
// @ts-expect-error unknown
createClient({ url, retryWait: async () => {} });
// @ts-expect-error it has a url
createClient({ url, websocket: {} });
createClient({ url, singleConnection: true, lazy: false, onNonLazyError: console.error });
createClient({ url, singleConnection: 'auto', maxStreams: 3, lazyCloseTimeout: 1 });
// @ts-expect-error no such mode
createClient({ url, singleConnection: 'always' });
// @ts-expect-error no such dialect
createClient({ url, dialect: 'mongooseim' });
// @ts-expect-error no such method
createClient({ url, method: 'PUT' });
// @ts-expect-error no such transport
createClient({ url, transports: ['telnet'] });
// @ts-expect-error headers are text
createClient({ url, headers: { a: 1 } });
// @ts-expect-error a number
createClient({ url, retryAttempts: '5' });
// @ts-expect-error a promise
createClient({ url, retry: () => 1 });
// @ts-expect-error no such part
createClient({ url, backoff: { jitter: 1 } });
// @ts-expect-error no such listener
createClient({ url, on: { closed() {} } });

// subscribe, and its handle
const dispose = client.subscribe({ query: '{ a }' }, anySink, {
  signal: new AbortController().signal,
  resubscribe: false,
  connecting() {},
  connected() {},
  message() {},
  gap: (gap) => holds<Same<typeof gap, Gap>>(),
  state: (state) => holds<Same<typeof state, State>>(),
});
holds<Same<typeof dispose, Dispose>>();
holds<Same<ReturnType<typeof dispose>, void>>();
holds<Same<typeof dispose.id, number>>();
holds<Same<typeof dispose.state, State>>();
const unsubscribe: () => void = dispose;
client.subscribe({ query: '{ a }' }, anySink, { signal: undefined, gap: undefined, state: undefined, resubscribe: undefined, message: undefined });
client.subscribe({ query: '{ a }' }, anySink, undefined);
client.subscribe({ query: '{ a }' }, anySink, {
  continuity: {
    key: ({ data }) => data.a.id,
    startAfter: 'm1',
    async backfill({ reason, lastKey, since, operation }, { execute, signal }) {
      holds<Same<typeof reason, Gap['reason']>>();
      holds<Same<typeof lastKey, string | undefined>>();
      holds<Same<typeof since, Date>>();
      holds<Same<typeof operation.id, number>>();
      return [await execute({ query: '{ a }' }, { signal })];
    },
  },
});
client.subscribe({ query: '{ a }' }, anySink, {
  continuity: {
    hydrate: ({ data }, { execute, signal }) => execute({ query: '{ a }', variables: { id: data.a.id } }, { signal }),
  },
});
client.subscribe({ query: '{ a }' }, anySink, { continuity: { hydrate: (notification) => notification } });
// @ts-expect-error a result
client.subscribe({ query: '{ a }' }, anySink, { continuity: { hydrate: () => {} } });
// @ts-expect-error results
client.subscribe({ query: '{ a }' }, anySink, { continuity: { backfill: () => 1 } });
// @ts-expect-error a sink has three functions
client.subscribe({ query: '{ a }' }, { next() {} });
// @ts-expect-error there is a sink
client.subscribe({ query: '{ a }' });
// @ts-expect-error the state is read
dispose.state = 'live';

// events
const off = client.on('retry', (retry) => holds<Same<typeof retry, ClientEvents['retry']>>());
holds<Same<ReturnType<typeof off>, void>>();
client.on('retry', ({ error, delayMs }) => {
  holds<Same<typeof error, LifelineError>>();
  holds<Same<typeof delayMs, number | undefined>>();
});
client.on('message', (message) => {
  if (message.event === 'complete') holds<Same<typeof message.data, null>>();
});
client.on('limit', ({ operation, action }) => {
  holds<Same<typeof operation, number>>();
  holds<Same<typeof action, 'wait' | 'share' | 'websocket' | 'distinct'>>();
});
// @ts-expect-error no such event
client.on('limits', () => {});

// snapshots are for reading
const snapshot: Snapshot = client.snapshot();
// @ts-expect-error read-only
snapshot.state = 'live';
// @ts-expect-error read-only
snapshot.operations.push();

// errors
function onError(error: unknown): void {
  if (!isLifelineError(error)) return;
  holds<Same<typeof error, LifelineError>>();
  holds<Same<typeof error.status, number | undefined>>();
  if (error.code === ErrorCode.Unauthorized) return;
  // @ts-expect-error no such code
  if (error.code === 'unauthorised') return;
  if (error instanceof NetworkError) void error.response?.status;
}
const response: Response | undefined = new NetworkError(new Response()).response;
const bytes: number = wireBytes({ any: 'value' });

// one client, passed around as an option of other things
export const options: ClientOptions = { url };
using disposable = createClient(options);
void [unsubscribe, off, onError, response, bytes, disposable];
