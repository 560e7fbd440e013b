/** The options, each of the right type, and what they are when they are left out. */

import { LEAST_SEGMENT_BYTES } from './segments.js';

/** The client's option says the same; its types would bring all the others along. */
type Dialect = 'graphql-sse' | 'plain';

/** Options of `withLifeline`. */
export interface LifelineOptions {
  /**
   * The most bytes of a slice, 256 or more. Of `withLifeline` a limit of the server's own: a client that asks for
   * smaller slices gets smaller ones. Of `lifelineResponse` and `lifelineStream` what the client has asked for.
   * Default: as the client asks; `lifelineResponse` and `lifelineStream` then split nothing.
   */
  maxSegmentBytes?: number | undefined;
  /**
   * A comment is sent at once, and then whenever nothing was sent for so many milliseconds; `false` or 0: none at all.
   * Default: 12000.
   */
  heartbeatMs?: number | false | undefined;
  /**
   * As many bytes of one event are kept at most while its end is waited for; one with more passes as it is. Where
   * nothing is to be split, nothing is kept. Default: 33554432 (32 MiB).
   */
  maxEventBytes?: number | undefined;
  /** Which events are results: `next`, or in `'plain'` those without a name. Default: `'graphql-sse'`. */
  dialect?: Dialect | undefined;
}

/** Options of `lifelineResponse` and `lifelineStream`. */
export interface StreamOptions extends LifelineOptions {
  /**
   * Is it a reserved stream (graphql-sse's single connection mode), on which data is `{"id":…,"payload":…}`?
   * `withLifeline` sees that for itself. Default: `false`.
   */
  singleConnection?: boolean | undefined;
}

/** All of them, checked. */
export interface Settings {
  readonly maxSegmentBytes: number | undefined;
  readonly heartbeatMs: number;
  readonly maxEventBytes: number;
  readonly dialect: Dialect;
  readonly singleConnection: boolean;
}

const HEARTBEAT_MS = 12_000;
const MAX_EVENT_BYTES = 32 * 1024 * 1024;
/** Timers take no longer times. */
const LONGEST_MS = 2 ** 31 - 1;

const isWhole = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least;

/** What a value must be, and whether it is that. */
type Rule = readonly [wants: string, accepts: (value: unknown) => boolean];

const UNKNOWN: Rule = ['is not known; is it spelt right?', () => false];

const RULES: { readonly __proto__: null; readonly [name: string]: Rule | null } = {
  __proto__: null,
  maxSegmentBytes: [`must be a whole number of bytes, ${LEAST_SEGMENT_BYTES} or more`, isSegmentBytes],
  heartbeatMs: [
    `must be false, or a number of milliseconds from 0 to ${LONGEST_MS}`,
    (value) => value === false || (typeof value === 'number' && value >= 0 && value <= LONGEST_MS),
  ],
  maxEventBytes: ['must be a whole number of bytes, 1 or more', (value) => isWhole(value, 1)],
  dialect: ["must be 'graphql-sse' or 'plain'", (value) => value === 'graphql-sse' || value === 'plain'],
  singleConnection: ['must be true or false', (value) => typeof value === 'boolean'],
};

/** What a client may ask for. */
export function isSegmentBytes(value: unknown): value is number {
  return isWhole(value, LEAST_SEGMENT_BYTES);
}

/**
 * The settings that some options make.
 *
 * @throws {TypeError} with the name of the first option that is refused.
 */
export function checked(options: StreamOptions, without: readonly string[] = []): Settings {
  if (typeof options !== 'object' || options === null) throw new TypeError('options: must be an object');
  for (const [name, value] of Object.entries(options)) {
    const [wants, accepts] = (without.includes(name) ? undefined : RULES[name]) ?? UNKNOWN;
    if (value !== undefined && !accepts(value)) throw new TypeError(`option ${name}: ${wants}`);
  }
  return {
    maxSegmentBytes: options.maxSegmentBytes,
    heartbeatMs: options.heartbeatMs === false ? 0 : options.heartbeatMs ?? HEARTBEAT_MS,
    maxEventBytes: options.maxEventBytes ?? MAX_EVENT_BYTES,
    dialect: options.dialect ?? 'graphql-sse',
    singleConnection: options.singleConnection ?? false,
  };
}
