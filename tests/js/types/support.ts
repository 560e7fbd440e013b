/** What the type tests share. Nothing here runs: compiling is the test. */

import { type Client, createClient, type ExecutionResult, type Sink } from '../../../dist/index.js';

/** Are two types the same, `any` and optionality included? */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
export function holds<_ extends true>(): void {}

export declare const client: Client;
export declare const anySink: Sink<ExecutionResult>;
export function sink<T>(): Sink<T> {
  return { next() {}, error() {}, complete() {} };
}
export { createClient };
