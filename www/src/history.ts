/** Reads the server's history. Knows nothing of the network: it is given `ask`. */

import type { Message, Trace } from './message.js';

export interface PageRequest {
  readonly last: number;
  readonly after?: number;
}

/** The `last` newest messages; with `after`, the `last` oldest of those behind it. In the order of their ids. */
export type Ask = (page: PageRequest) => Promise<readonly Message[]>;

/** The server was restarted: its history is not the one that is known here. */
export class Restarted extends Error {
  constructor() {
    super('the server was restarted and counts its messages from the beginning');
  }
}

/** What a page begins with. */
const NEWEST = 50;
const PAGE = 200;
/** A history of 10 000 messages has no more. */
const MAX_PAGES = 50;

export function newest(ask: Ask): Promise<readonly Message[]> {
  return ask({ last: NEWEST });
}

/**
 * Everything behind the message `from`. That message is asked for as well: if it is not there, or is another one,
 * the server has begun anew, and `from` means nothing to it.
 */
export async function behind(ask: Ask, from: number, contradicts: (trace: Trace) => boolean): Promise<Message[]> {
  const found: Message[] = [];
  let after = Math.max(0, from - 1);
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await ask({ last: PAGE, after });
    if (pages === 0 && from > 0 && page.length === 0) throw new Restarted();
    if (page.some(contradicts)) throw new Restarted();
    found.push(...page);
    after = page.at(-1)?.id ?? after;
    if (page.length < PAGE) break;
  }
  return found.filter(({ id }) => id > from);
}
