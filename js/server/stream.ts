/** An event stream with segments and heartbeats: `lifelineStream`, `lifelineResponse`. */

import { encoded } from './bytes.js';
import { Heartbeat } from './heartbeat.js';
import { checked, type Settings, type StreamOptions } from './options.js';
import { type Manner, Splitter } from './splitter.js';

/** The most bytes of a slice, for an operation on a reserved stream; none: its results stay whole. */
export type LimitOf = Manner['limitOf'];

const RESULTS = { 'graphql-sse': ['next'], plain: ['', 'message'] } as const;

/**
 * The same event stream, with heartbeats, and with large results as segments if `maxSegmentBytes` is given. Pass
 * that only for a client that has asked for it, and no more than it has asked for.
 *
 * @example
 * ```ts
 * const body = events.pipeThrough(lifelineStream({ heartbeatMs: 5_000 }));
 * ```
 *
 * @throws {TypeError} with the name of an option that is refused.
 */
export function lifelineStream(options: StreamOptions = {}): TransformStream<Uint8Array, Uint8Array> {
  const settings = checked(options);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  return { writable, readable: enlivened(readable, settings, () => settings.maxSegmentBytes) };
}

/**
 * The same response, its event stream with heartbeats, and with segments as in `lifelineStream`. Any other response
 * is returned as it is.
 *
 * @example
 * ```ts
 * return lifelineResponse(await handle(request), { heartbeatMs: 5_000 });
 * ```
 *
 * @throws {TypeError} with the name of an option that is refused.
 */
export function lifelineResponse(response: Response, options: StreamOptions = {}): Response {
  const settings = checked(options);
  return withBody(response, settings, () => settings.maxSegmentBytes);
}

/** What the stream's surroundings have to do with its end. */
export interface Ends {
  /** Aborted when the client has left: not every server cancels a body then. */
  readonly signal?: AbortSignal | undefined;
  /** Called once the stream has ended, in whatever way. */
  readonly over?: (() => void) | undefined;
}

export function withBody(response: Response, settings: Settings, limitOf: LimitOf, ends: Ends = {}): Response {
  if (!isEventStream(response) || !response.body) return response;
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-cache');
  if (!headers.has('x-accel-buffering')) headers.set('x-accel-buffering', 'no'); // nginx would hold back what is small
  const { status, statusText } = response;
  return new Response(enlivened(response.body, settings, limitOf, ends), { status, statusText, headers });
}

/** One that is compressed already cannot be read. (graphql-yoga says `none`, to keep others from compressing it.) */
function isEventStream({ headers }: Response): boolean {
  const isPlain = /^(none|identity)?$/i.test(headers.get('content-encoding') ?? '');
  return isPlain && /^text\/event-stream\s*(;|$)/i.test(headers.get('content-type') ?? '');
}

function enlivened(source: ReadableStream<Uint8Array>, settings: Settings, limitOf: LimitOf, { signal, over }: Ends = {}): ReadableStream<Uint8Array> {
  const { dialect, heartbeatMs, maxEventBytes, singleConnection: reserved } = settings;
  const splitter = new Splitter({ limitOf, results: RESULTS[dialect], reserved, maxEventBytes });
  const reader = source.getReader();
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let ready: Iterator<Uint8Array> = [].values();
  const comment = (): void => controller.enqueue(encoded(':\n\n'));
  const heartbeat = new Heartbeat(heartbeatMs, () => {
    // Not into an event, and not behind what a slow reader has not taken yet.
    if (splitter.between && (controller.desiredSize ?? 0) > 0) comment();
  });
  let ended = false;
  const end = (): void => {
    ended = true;
    heartbeat.stop();
    signal?.removeEventListener('abort', leave);
    over?.();
  };
  const leave = (): void => {
    end();
    controller.close();
    reader.cancel(signal?.reason).catch(() => {}); // the source's own trouble, and nobody is left to hear of it
  };

  /** The next bytes, taken from the source only when all of the last have been asked for; none at its end. */
  const next = async (): Promise<Uint8Array | undefined> => {
    for (let last = false; ; ) {
      const { done, value } = ready.next();
      if (!done) return value;
      if (last) return undefined;
      const read = await reader.read();
      last = read.done;
      // Some handlers write text.
      ready = read.done ? splitter.end() : splitter.push(typeof read.value === 'string' ? encoded(read.value) : read.value);
    }
  };

  return new ReadableStream<Uint8Array>({
    start(its) {
      controller = its;
      if (signal?.aborted) return leave();
      signal?.addEventListener('abort', leave);
      if (heartbeatMs > 0) comment();
    },
    // Not before someone reads: a response that nobody wants has no timer.
    async pull() {
      heartbeat.start();
      try {
        const bytes = await next();
        if (ended) return;
        if (bytes) {
          heartbeat.sent();
          controller.enqueue(bytes);
        } else {
          end();
          controller.close();
        }
      } catch (error) {
        if (!ended) end();
        throw error;
      }
    },
    cancel(reason) {
      end();
      return reader.cancel(reason);
    },
  });
}
