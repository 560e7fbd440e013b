/**
 * For servers: segments and heartbeats on the event streams of any handler that returns a `Response`.
 *
 * @packageDocumentation
 */

export { withLifeline } from './handler.js';
export type { LifelineOptions, StreamOptions } from './options.js';
export { lifelineResponse, lifelineStream } from './stream.js';
