/** Fills the holes in the chat from the server's history. Knows nothing of the network: it is given `ask`. */

import type { Chat } from './chat.js';
import type { Message } from './message.js';

export interface PageRequest {
  readonly last: number;
  readonly before?: number;
}

/** One page of history: the `last` messages, of those with an id below `before`, in the order of their ids. */
export type Ask = (page: PageRequest) => Promise<readonly Message[]>;

export interface Outcome {
  readonly pages: number;
  readonly messages: number;
  readonly restarted: boolean;
}

const PAGE = 50;
const MAX_PAGES = 40;

/** Loads the newest page, then pages back until the last hole is closed or history has no more. */
export async function closeHoles(ask: Ask, chat: Chat): Promise<Outcome> {
  try {
    const lastBefore = chat.last;
    const newest = await ask({ last: PAGE });
    const { restarted } = chat.addNewest(newest, lastBefore);
    let pages = 1;
    let messages = newest.length;
    let hole = chat.newestHole();
    while (hole && pages < MAX_PAGES) {
      const page = await ask({ last: PAGE, before: hole.to + 1 });
      chat.addOlder(page);
      pages += 1;
      messages += page.length;
      const oldest = page[0];
      // A page is complete down to its oldest message, so what is missing above that is missing for good.
      hole = oldest && chat.newestHole(Math.min(oldest.id, hole.to));
    }
    return { pages, messages, restarted };
  } finally {
    chat.settle();
  }
}

export interface Keeper {
  /** Loads history now, or once more after the load that is under way. */
  request(): void;
  stop(): void;
}

export interface KeeperHooks {
  done(outcome: Outcome): void;
  failed(error: unknown, retryInMs: number | undefined): void;
}

const RETRY_MS = [1000, 3000, 10_000];

/** Runs `closeHoles` one at a time, again after a failure, and not for ever: the next reconnect asks anew. */
export function keepWhole(ask: Ask, chat: Chat, hooks: KeeperHooks): Keeper {
  let running = false;
  let wanted = false;
  let stopped = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function run(): Promise<void> {
    running = true;
    while (wanted && !stopped) {
      wanted = false;
      try {
        const outcome = await closeHoles(ask, chat);
        failures = 0;
        if (!stopped) hooks.done(outcome);
      } catch (error) {
        if (!stopped) retryLater(error);
      }
    }
    running = false;
  }

  function start(): void {
    wanted = true;
    clearTimeout(timer);
    if (!running && !stopped) void run();
  }

  function retryLater(error: unknown): void {
    const delay = RETRY_MS[failures];
    failures += 1;
    if (delay !== undefined) timer = setTimeout(start, delay);
    hooks.failed(error, delay);
  }

  return {
    request() {
      failures = 0;
      start();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
