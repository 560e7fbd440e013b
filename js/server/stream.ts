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

function enlivened(source: ReadableStream<Uint8Array>, settings: Settings, limitOf: LimitOf, ends: Ends = {}): ReadableStream<Uint8Array> {
  return new ReadableStream(new Enlivened(source, settings, limitOf, ends));
}

/** What a stream is read from. The source is read as the stream is, and ends with it. */
class Enlivened implements UnderlyingDefaultSource<Uint8Array> {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #splitter: Splitter;
  readonly #heartbeat: Heartbeat;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #ready: Iterator<Uint8Array> = [].values();
  #ended = false;

  constructor(
    source: ReadableStream<Uint8Array>,
    private readonly settings: Settings,
    limitOf: LimitOf,
    private readonly ends: Ends,
  ) {
    const { dialect, maxEventBytes, singleConnection: reserved } = settings;
    this.#splitter = new Splitter({ limitOf, results: RESULTS[dialect], reserved, maxEventBytes });
    this.#reader = source.getReader();
    this.#heartbeat = new Heartbeat(settings.heartbeatMs, () => {
      // Not into an event, and not behind what a slow reader has not taken yet.
      if (this.#splitter.between && (this.#controller.desiredSize ?? 0) > 0) this.#comment();
    });
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    const { signal } = this.ends;
    if (signal?.aborted) return this.#leave();
    signal?.addEventListener('abort', this.#leave);
    if (this.settings.heartbeatMs > 0) this.#comment();
  }

  async pull(): Promise<void> {
    // Not before someone reads: a response that nobody wants has no timer.
    this.#heartbeat.start();
    try {
      const bytes = await this.#next();
      if (this.#ended) return;
      if (bytes) {
        this.#heartbeat.sent();
        this.#controller.enqueue(bytes);
      } else {
        this.#end();
        this.#controller.close();
      }
    } catch (error) {
      if (!this.#ended) this.#end();
      throw error;
    }
  }

  cancel(reason: unknown): Promise<void> {
    this.#end();
    return this.#reader.cancel(reason);
  }

  /** The next bytes, taken from the source only when all of the last have been asked for; none at its end. */
  async #next(): Promise<Uint8Array | undefined> {
    for (let last = false; ; ) {
      const { done, value } = this.#ready.next();
      if (!done) return value;
      if (last) return undefined;
      const read = await this.#reader.read();
      last = read.done;
      if (read.done) this.#ready = this.#splitter.end();
      // Some handlers write text.
      else this.#ready = this.#splitter.push(typeof read.value === 'string' ? encoded(read.value) : read.value);
    }
  }

  #comment(): void {
    this.#controller.enqueue(encoded(':\n\n'));
  }

  #end(): void {
    this.#ended = true;
    this.#heartbeat.stop();
    this.ends.signal?.removeEventListener('abort', this.#leave);
    this.ends.over?.();
  }

  readonly #leave = (): void => {
    this.#end();
    this.#controller.close();
    this.#reader.cancel(this.ends.signal?.reason).catch(() => {}); // the source's own trouble, and nobody is left to hear of it
  };
}
