/** Compares what was shown with what the server has. It is the page's own, so that it can find the client wrong. */

import type { Chat } from './chat.js';
import type { Ranges } from './ranges.js';
import type { Position } from './requests.js';

/** How far the server is, and what it has at the end of what was shown whole. */
export type Look = (whole: number) => Promise<Position>;

export interface CheckHooks {
  /** What is known of losses has changed. */
  changed(): void;
  restarted(): void;
}

const EVERY_MS = 10_000;
/** What has been missing for so long counts as lost: the client's own audit and backfill have had their time. */
const PATIENCE_MS = 12_000;

export class Check {
  readonly #look: Look;
  readonly #chat: Chat;
  readonly #hooks: CheckHooks;
  readonly #repeating: ReturnType<typeof setInterval>;
  readonly #settling = new Set<ReturnType<typeof setTimeout>>();
  #stopped = false;

  constructor(look: Look, chat: Chat, hooks: CheckHooks) {
    this.#look = look;
    this.#chat = chat;
    this.#hooks = hooks;
    // A server that is away is no news here.
    this.#repeating = setInterval(() => void this.run().catch(() => {}), EVERY_MS);
  }

  /** What is missing at this moment; if it still is in a while, it counts as lost. */
  async run(): Promise<Ranges> {
    const whole = this.#chat.whole;
    if (whole === undefined) throw new Error('history is not loaded yet');
    const { latest, there } = await this.#look(whole);
    if (this.#stopped) throw new Error('the client was replaced meanwhile');
    const isOther = whole > 0 && (there === undefined || this.#chat.contradicts(there));
    if (isOther) {
      this.#hooks.restarted();
      throw new Error('the server was restarted');
    }
    this.#chat.reaches(latest);
    const missing = this.#chat.missing();
    if (missing.size > 0) this.#settleLater(missing);
    return missing;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#repeating);
    for (const timer of this.#settling) clearTimeout(timer);
  }

  #settleLater(missing: Ranges): void {
    const timer = setTimeout(() => {
      this.#settling.delete(timer);
      this.#chat.settle(missing);
      this.#hooks.changed();
    }, PATIENCE_MS);
    this.#settling.add(timer);
  }
}
