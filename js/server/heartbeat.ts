/** Notices that nothing was sent for a while. One timer, which nobody moves while there is something to send. */

export class Heartbeat {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  /** `beat` is called whenever `sent` was not for so many milliseconds; 0: never. */
  constructor(
    private readonly everyMs: number,
    private readonly beat: () => void,
  ) {}

  /** The time begins now, unless it runs already. */
  start(): void {
    if (this.everyMs === 0 || this.#timer !== undefined) return;
    this.sent();
    this.#arm(this.everyMs);
  }

  sent(): void {
    this.#last = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(this.#look, ms);
    // In Node: what keeps a process alive is the connection, not this.
    (this.#timer as { unref?(): void }).unref?.();
  }

  readonly #look = (): void => {
    let left = this.everyMs - (performance.now() - this.#last);
    if (left <= 0) {
      this.beat();
      this.sent();
      left = this.everyMs;
    }
    this.#arm(left);
  };
}
