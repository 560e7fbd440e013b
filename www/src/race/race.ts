/** One race: three clients, one producer, one fault; from the start until nothing more is to come. */

import type { Fault, On } from '../orders.js';
import { latest, send } from './ask.js';
import { RACERS } from './clients.js';
import { Breakage } from './fault.js';
import { Producer } from './producer.js';
import { AT_REST, Runner, type Standing } from './runner.js';
import { GRACE_MS } from './tally.js';

export type Phase = 'idle' | 'starting' | 'running' | 'settling' | 'done' | 'failed';

/** All are to be connected before the first message; who is not by then has to start without. */
const READY_MS = 10_000;
/** A client that waits for long has so long to come back, once nothing is broken any more. */
const SETTLE_MS = 150_000;
const LOOK_MS = 100;

export class Race {
  readonly #changed: () => void;
  readonly #breakage = new Breakage();
  #runners: readonly Runner[] = [];
  #producer: Producer | undefined;
  /** Who sends: others may be talking on this server. */
  #author = '';
  /** Of the race that is on: aborted when it is given up. */
  #on = new AbortController();
  phase: Phase = 'idle';
  sent = 0;
  /** What the last message, or the start, failed with. */
  trouble = '';
  #began = 0;
  #ended = 0;

  /** `changed` hears of each new phase. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** In the order of RACERS. */
  get standings(): readonly Standing[] {
    return RACERS.map((_, index) => this.#runners[index]?.standing ?? AT_REST);
  }

  /** How long messages have been sent. */
  get lastedMs(): number {
    if (this.phase === 'idle' || this.phase === 'starting') return 0;
    return (this.phase === 'running' ? performance.now() : this.#ended) - this.#began;
  }

  async start(fault: Fault | undefined, on: On): Promise<void> {
    this.#giveUp();
    const { signal } = (this.#on = new AbortController());
    this.sent = this.#began = this.#ended = 0;
    this.trouble = '';
    this.#enter('starting');
    try {
      await this.#line(signal);
      if (!signal.aborted) await this.#breakage.begin(fault, on);
      if (!signal.aborted) this.#go(signal);
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** Another fault in the middle of it; the counts go on. */
  async change(fault: Fault | undefined, on: On): Promise<void> {
    if (this.phase !== 'running') return;
    await this.#breakage.begin(fault, on).catch((error: unknown) => (this.trouble = words(error)));
  }

  /** No more messages and no more faults; the clients go on until what is still to come had its time. */
  async stop(): Promise<void> {
    if (this.phase !== 'running') return;
    const { signal } = this.#on;
    this.#ended = performance.now();
    this.#enter('settling');
    await Promise.all([this.#producer?.stop(), this.#breakage.end().catch((error: unknown) => (this.trouble = words(error)))]);
    const stopped = performance.now();
    await until(() => this.#isSettled(stopped), SETTLE_MS, signal);
    if (!signal.aborted) this.#close('done');
  }

  /** Ends it now, with the figures as they are. */
  abandon(): void {
    if (this.phase === 'idle' || this.phase === 'done' || this.phase === 'failed') return;
    if (this.phase !== 'settling') this.#ended = performance.now();
    this.#close('done');
  }

  /** Everyone is at the start. */
  async #line(signal: AbortSignal): Promise<void> {
    this.#runners = [];
    await this.#breakage.end();
    const newest = await latest();
    if (signal.aborted) return;
    this.#author = `Race ${crypto.randomUUID().slice(0, 8)}`;
    this.#runners = RACERS.map((racer) => new Runner(racer, newest, this.#author));
    await until(() => this.#runners.every(({ isLive }) => isLive), READY_MS, signal);
  }

  #go(signal: AbortSignal): void {
    this.#began = performance.now();
    const runners = this.#runners;
    this.#producer = new Producer({
      send: (text) => send(this.#author, text),
      sent: (id, at) => {
        if (signal.aborted) return;
        this.sent += 1;
        for (const runner of runners) runner.sent(id, at);
      },
      failed: (error) => (this.trouble = `A message could not be sent: ${words(error)}`),
    });
    this.#enter('running');
  }

  #isSettled(stopped: number): boolean {
    return this.#runners.every(({ settledSince }) => performance.now() - Math.max(stopped, settledSince) > GRACE_MS);
  }

  #fail(error: unknown): void {
    this.trouble = words(error);
    this.#close('failed');
  }

  #giveUp(): void {
    this.#on.abort();
    void this.#producer?.stop();
    for (const runner of this.#runners) runner.stop();
  }

  #close(phase: Phase): void {
    this.#giveUp();
    // Told already where all went well; a server that cannot be reached ends it by itself.
    void this.#breakage.end().catch(() => {});
    this.#enter(phase);
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    this.#changed();
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Until it holds, the time is over, or it is given up. */
async function until(holds: () => boolean, limitMs: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds() && performance.now() < end && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
