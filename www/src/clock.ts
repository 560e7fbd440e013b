/** Calls again and again, but only as long as there is something that moves. */

const TICK_MS = 250;

export class Clock {
  readonly #tick: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(tick: () => void) {
    this.#tick = tick;
  }

  run(needed: boolean): void {
    if (needed) this.#timer ??= setInterval(this.#tick, TICK_MS);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
