/** What one client was sent and what it delivered, counted by ids. Pure: time is an argument. */

import { Ranges } from '../ranges.js';

/** What was sent and has not come for so long is lost, until it comes after all. */
export const GRACE_MS = 15_000;
/** What took longer than this is late. */
export const LATE_MS = 2000;
/** So long the answer to a mutation may take: until then its message may have been sent before what was told of. */
const ANSWER_MS = 30_000;

export interface Figures {
  /** Distinct messages that came. */
  readonly received: number;
  /** Sent, and not come within the grace period. */
  readonly lost: number;
  /** Of these: nothing that the client told its page gave reason to look for them. */
  readonly silent: number;
  /** Deliveries of what had been delivered before. */
  readonly doubled: number;
  /** Came, but not soon. */
  readonly late: number;
}

interface Sent {
  readonly at: number;
  told: boolean;
}

/** Messages behind `after`, sent until then, may be missing: so said the client. */
interface Report {
  readonly after: number;
  readonly until: number;
}

export class Tally {
  readonly #come = new Ranges();
  /** Sent, and not come. */
  readonly #waiting = new Map<number, Sent>();
  /** Came before the mutation was answered that sent it. */
  readonly #early = new Map<number, number>();
  #reports: Report[] = [];
  #newest: number;
  #doubt: number | undefined;
  #doubled = 0;
  #late = 0;

  /** `newest` is the last message before the race. */
  constructor(newest: number) {
    this.#newest = newest;
  }

  /** The mutation that was sent at this time has been answered with this id. */
  sent(id: number, at: number): void {
    const came = this.#early.get(id);
    this.#early.delete(id);
    if (came !== undefined) this.#judge(came - at);
    else if (!this.#come.has(id)) this.#waiting.set(id, { at, told: this.#reports.some((report) => covers(report, id, at)) });
  }

  arrived(id: number, at: number): void {
    if (this.#come.has(id)) {
      this.#doubled += 1;
      return;
    }
    this.#come.add(id);
    this.#newest = Math.max(this.#newest, id);
    const sent = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (sent) this.#judge(at - sent.at);
    else this.#early.set(id, at);
  }

  /** The client says that it is cut off: whatever comes from now on is in doubt. */
  doubt(): void {
    this.#doubt ??= this.#newest;
  }

  /** It is connected again. Is what was sent meanwhile still in doubt, or does the client answer for it? */
  connected(at: number, answersForGaps: boolean): void {
    const after = this.#doubt;
    this.#doubt = undefined;
    if (after !== undefined && !answersForGaps) this.told(after, at);
  }

  /** The client says that something behind `after` may be missing of what was sent until now. */
  told(after: number, now: number): void {
    const report = { after, until: now };
    for (const [id, sent] of this.#waiting) sent.told ||= covers(report, id, sent.at);
    this.#reports = [...this.#reports.filter(({ until }) => now - until < ANSWER_MS), report];
  }

  figures(now: number): Figures {
    let lost = 0;
    let silent = 0;
    for (const [id, { at, told }] of this.#waiting) {
      if (now - at <= GRACE_MS) continue;
      lost += 1;
      if (!told && !(this.#doubt !== undefined && id > this.#doubt)) silent += 1;
    }
    return { received: this.#come.size, lost, silent, doubled: this.#doubled, late: this.#late };
  }

  #judge(took: number): void {
    if (took > LATE_MS) this.#late += 1;
  }
}

function covers({ after, until }: Report, id: number, sentAt: number): boolean {
  return id > after && sentAt <= until;
}
