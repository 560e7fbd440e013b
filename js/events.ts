/** The listeners of `client.on`. */

import { LifelineError } from './errors.js';
import { attempt } from './report.js';
import type { ClientEvents } from './types.js';

const NAMES: readonly (keyof ClientEvents)[] = ['state', 'transport', 'stall', 'breaker', 'retry', 'gap', 'oversize', 'limit', 'message', 'error'];

export class Events {
  private readonly listeners = new Map<string, Set<(event: never) => void>>(NAMES.map((name) => [name, new Set()]));

  on<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): () => void {
    const listeners = this.listeners.get(name);
    if (listeners === undefined) throw new LifelineError('option', `client.on: there is no event ${String(name)}; there are ${NAMES.join(', ')}`);
    if (typeof listener !== 'function') throw new LifelineError('option', `client.on: the listener for ${name} must be a function`);
    // a function of its own for each call, so that one listener can be added twice and taken away once
    const own = (event: ClientEvents[Name]): void => listener(event);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /** Is anybody listening? What nobody hears need not be made. */
  has(name: keyof ClientEvents): boolean {
    return (this.listeners.get(name)?.size ?? 0) > 0;
  }

  /** Forgets all listeners. */
  clear(): void {
    for (const listeners of this.listeners.values()) listeners.clear();
  }

  emit<Name extends keyof ClientEvents>(name: Name, event: ClientEvents[Name]): void {
    // a copy: one that is added meanwhile has not been there for this event
    for (const listener of Array.from(this.listeners.get(name) ?? [])) attempt(listener as (event: ClientEvents[Name]) => void, event);
  }
}
