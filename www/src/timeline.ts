/** What happened in the last minute: arrivals with their sizes, cuts, reconnects. Pure; time is an argument. */

export type MarkKind = 'cut' | 'reconnect';

export interface Arrival {
  readonly at: number;
  readonly bytes: number;
}

export interface Mark {
  readonly at: number;
  readonly kind: MarkKind;
}

export interface Figures {
  readonly messages: number;
  readonly largest: number;
  readonly cuts: number;
  readonly reconnects: number;
}

export const SPAN_MS = 60_000;
/** More than any plot can show; a flood must not grow it. */
const KEEP = 3000;

export class Timeline {
  arrivals: Arrival[] = [];
  marks: Mark[] = [];

  arrive(at: number, bytes: number): void {
    this.arrivals.push({ at, bytes });
    if (this.arrivals.length > 2 * KEEP) this.arrivals = this.arrivals.slice(-KEEP);
  }

  mark(at: number, kind: MarkKind): void {
    this.marks.push({ at, kind });
    if (this.marks.length > 2 * KEEP) this.marks = this.marks.slice(-KEEP);
  }

  /** Drops what has left the window. */
  prune(now: number): void {
    const recent = ({ at }: { at: number }) => now - at < SPAN_MS;
    if (this.arrivals[0] && !recent(this.arrivals[0])) this.arrivals = this.arrivals.filter(recent);
    if (this.marks[0] && !recent(this.marks[0])) this.marks = this.marks.filter(recent);
  }

  get isEmpty(): boolean {
    return this.arrivals.length === 0 && this.marks.length === 0;
  }

  /** Arrivals in each second of the window, the oldest first. */
  perSecond(now: number): number[] {
    const counts = Array.from({ length: SPAN_MS / 1000 }, () => 0);
    for (const { at } of this.arrivals) {
      const index = counts.length - 1 - Math.floor((now - at) / 1000);
      if (index >= 0 && index < counts.length) counts[index]! += 1;
    }
    return counts;
  }

  get figures(): Figures {
    const cuts = this.marks.filter(({ kind }) => kind === 'cut').length;
    return {
      messages: this.arrivals.length,
      largest: this.arrivals.reduce((largest, { bytes }) => Math.max(largest, bytes), 0),
      cuts,
      reconnects: this.marks.length - cuts,
    };
  }
}
