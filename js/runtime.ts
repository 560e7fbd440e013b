/** The WebAssembly instance: started at the first client, replaced after a trap. */

import { glue, length, shift, streams } from 'lifeline:module';
import type { Core } from './core.js';
import { LifelineError } from './errors.js';
import { unpack } from './unpack.js';

/** One running instance. */
export interface Runtime {
  readonly core: Core;
  /** Set once the module has trapped: nothing of it works any more. */
  readonly trapped: LifelineError | undefined;
  /** Called when the module traps. */
  readonly victims: Set<(error: LifelineError) => void>;
}

let running: Runtime | undefined;
/** Compiled once, however often it is started. */
let compiled: WebAssembly.Module | undefined;

/** The running instance, or a fresh one. Throws `wasm-unavailable` where WebAssembly is forbidden. */
export function runtime(): Runtime {
  if (running === undefined || running.trapped) running = start();
  return running;
}

function start(): Runtime {
  const instance = { trapped: undefined as LifelineError | undefined, victims: new Set<(error: LifelineError) => void>() };
  const module = glue((exports) => guard(exports, instance));
  try {
    compiled ??= new WebAssembly.Module(unpack(streams(), shift, length));
    module.initSync({ module: compiled });
  } catch (cause) {
    throw new LifelineError(
      'wasm-unavailable',
      "WebAssembly cannot be started here. If the page has a Content-Security-Policy, add 'wasm-unsafe-eval' to its script-src.",
      { cause },
    );
  }
  return Object.assign(instance, { core: module });
}

type Instance = Omit<Runtime, 'core' | 'trapped'> & { trapped: LifelineError | undefined };

/** Wraps each function of the module, so that a trap is noticed wherever it happens: in a call, a timer or a promise. */
function guard(exports: WebAssembly.Exports, instance: Instance): WebAssembly.Exports {
  const guarded: WebAssembly.Exports = {};
  for (const [name, value] of Object.entries(exports)) {
    guarded[name] = typeof value === 'function' ? guardOne(value, instance) : value;
  }
  return guarded;
}

function guardOne(call: Function, instance: Instance): Function {
  return (...parameters: unknown[]): unknown => {
    // Timers and promises of a dead module still ring.
    if (instance.trapped) return undefined;
    try {
      return call(...parameters);
    } catch (cause) {
      // Rust does not unwind: whatever comes out of the module leaves its state in pieces.
      bury(instance, cause);
      return undefined;
    }
  };
}

function bury(instance: Instance, cause: unknown): void {
  const error = new LifelineError('internal', 'graphql-lifeline has failed by a defect of its own; please report it. A new client works.', { cause });
  instance.trapped = error;
  // The module is still on the stack: its clients are told when it is not.
  queueMicrotask(() => {
    for (const victim of instance.victims) victim(error);
    instance.victims.clear();
  });
}
