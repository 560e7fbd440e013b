/** Keeps open breakers over a reload of the page, where there is a `localStorage`. */

import type { Transport } from './types.js';

/** Until when (epoch milliseconds) and how often in a row a breaker is open. */
type Kept = { [transport in Transport]?: readonly [until: number, openings: number] };

export class Keeper {
  private readonly breakers: Kept;

  /** Without a key nothing is kept. */
  constructor(private readonly key: string | undefined) {
    this.breakers = {};
    try {
      if (key !== undefined) Object.assign(this.breakers, JSON.parse(localStorage.getItem(key) ?? '{}'));
    } catch {
      // no storage here, or somebody else's value: as if nothing had been kept
    }
  }

  /** One of the two; `NaN` for nothing. */
  kept(transport: Transport, openings: boolean): number {
    return Number(this.breakers[transport]?.[openings ? 1 : 0] ?? NaN);
  }

  /** `until` is `undefined` for a breaker that is not open. */
  keep(transport: Transport, until: number | undefined, openings: number): void {
    if (this.key === undefined) return;
    if (until === undefined) delete this.breakers[transport];
    else this.breakers[transport] = [until, openings];
    try {
      localStorage.setItem(this.key, JSON.stringify(this.breakers));
    } catch {
      // full, or forbidden
    }
  }
}
