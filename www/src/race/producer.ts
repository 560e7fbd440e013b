/** Sends messages at a steady pace, short ones and long ones. */

import { wireBytes } from 'graphql-lifeline';

const EVERY_MS = 500;
/** Sizes of one message after the other, and then again; large-crash takes those over 2 KB. */
const SIZES = [40, 300, 120, 1000, 60, 4096, 200, 80, 600, 24] as const;
/** A server that answers slowly gets no pile of requests: browsers have six connections for all of them. */
const MOST_UNDER_WAY = 2;

export interface ProducerHooks {
  send(text: string): Promise<number>;
  /** A message of this id was asked for at this time. */
  sent(id: number, at: number): void;
  failed(error: unknown): void;
}

export class Producer {
  readonly #hooks: ProducerHooks;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #gone = new Set<Promise<void>>();
  #count = 0;

  constructor(hooks: ProducerHooks) {
    this.#hooks = hooks;
    this.#timer = setInterval(() => this.#next(), EVERY_MS);
    this.#next();
  }

  /** Resolves when what is under way has been answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#gone);
  }

  #next(): void {
    if (this.#gone.size >= MOST_UNDER_WAY) return;
    const size = SIZES[this.#count % SIZES.length]!;
    this.#count += 1;
    const at = performance.now();
    const sending = this.#hooks
      .send(text(this.#count, size))
      .then((id) => this.#hooks.sent(id, at), (error: unknown) => this.#hooks.failed(error))
      .finally(() => this.#gone.delete(sending));
    this.#gone.add(sending);
  }
}

function text(nth: number, size: number): string {
  const start = `Message ${nth}. `;
  return start + 'x'.repeat(Math.max(0, size - wireBytes(start)));
}
