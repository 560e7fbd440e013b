/** Keeps a fault going while a race lasts, and lets it end by itself should the page vanish. */

import { order } from '../fault-server.js';
import { GROUPS, NONE, ordersOf, type Fault, type On, type Order } from '../orders.js';

/** What happens once is done again, so that it goes on happening. */
const AGAIN_MS = 10_000;
/** The server takes no longer times. */
const FOR_MS = 600_000;
const RENEW_MS = 540_000;
/** What acts at once, and has no duration. */
const ACTS: ReadonlySet<string> = new Set(['cut', 'clean-end']);

/** Those that a race can be run under; the other ones stop all that is sent, or need another client. */
const NAMES = ['flap', 'drop', 'large-crash', 'cut', 'clean-end', 'stall', 'stall-source', 'headers-only', 'status-503', 'replay', 'reorder', 'slow'];
const ALL = GROUPS.flatMap((group) => group.faults);
export const FAULTS: readonly Fault[] = NAMES.map((name) => ALL.find((fault) => fault.name === name)!);

export class Breakage {
  #timer: ReturnType<typeof setInterval> | undefined;
  /** One order after the other: the last one given is the one in force. */
  #orders: Promise<void> = Promise.resolve();

  /** In place of what there was; without a fault, everything works. */
  begin(fault: Fault | undefined, on: On): Promise<void> {
    return this.#next(async () => {
      await order(NONE);
      if (!fault) return;
      await all(fault, on);
      const everyMs = ACTS.has(fault.order.profile) ? AGAIN_MS : RENEW_MS;
      // A server that is away is asked again the next time.
      this.#timer = setInterval(() => void all(fault, on).catch(() => {}), everyMs);
    });
  }

  end(): Promise<void> {
    return this.begin(undefined, 'all');
  }

  #next(work: () => Promise<void>): Promise<void> {
    const done = this.#orders.then(() => {
      clearInterval(this.#timer);
      return work();
    });
    this.#orders = done.catch(() => {});
    return done;
  }
}

async function all(fault: Fault, on: On): Promise<void> {
  for (const what of ordersOf(fault, on)) await order(lasting(what));
}

function lasting(what: Order): Order {
  return ACTS.has(what.profile) ? what : { ...what, for: FOR_MS };
}
