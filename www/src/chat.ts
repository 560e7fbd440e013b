/** The model: messages merged by id from every source, and counters computed from the ids. Pure. */

import { isSame, type Message } from './message.js';
import { Ranges, type Range } from './ranges.js';

/** What brought a message: the subscription, the history query, or the answer to the mutation that sent it. */
export type Source = 'live' | 'history' | 'answer';

export interface Counters {
  /** Distinct messages that came live or by history. */
  readonly received: number;
  /** Live results whose id had already been delivered live. */
  readonly duplicated: number;
  /** Holes in the ids that history was asked about and did not fill. */
  readonly lost: number;
}

/** Messages kept with their text. Of older ones only the ids are known. */
const KEEP = 1000;

/** What is known of one life of the server; a restarted server counts its ids from the beginning. */
class Life {
  readonly known = new Ranges();
  readonly live = new Ranges();
  readonly received = new Ranges();
  lost = new Ranges();
  duplicated = 0;
  messages: readonly Message[] = [];

  contradicts(message: Message): boolean {
    const kept = this.messages.find((other) => other.id === message.id);
    return kept !== undefined && !isSame(kept, message);
  }

  add(message: Message, source: Source): boolean {
    const { id } = message;
    if (source === 'live') {
      if (this.live.has(id)) this.duplicated += 1;
      this.live.add(id);
    }
    if (source !== 'answer') this.received.add(id);
    this.lost.delete(id);
    if (this.known.has(id)) return false;
    this.known.add(id);
    this.#insert(message);
    return true;
  }

  #insert(message: Message): void {
    let index = this.messages.length;
    while (index > 0 && this.messages[index - 1]!.id > message.id) index -= 1;
    this.messages = [...this.messages.slice(0, index), message, ...this.messages.slice(index)].slice(-KEEP);
  }
}

export class Chat {
  #life = new Life();
  #past: Counters = { received: 0, duplicated: 0, lost: 0 };
  /** New live messages since the connection opened, until history has been merged: if it shows a restart, these stay. */
  #fresh: Message[] | undefined;

  /** In the order of their ids; a new array whenever something changed. */
  get messages(): readonly Message[] {
    return this.#life.messages;
  }

  get last(): number | undefined {
    return this.#life.known.last;
  }

  get counters(): Counters {
    const { received, lost, duplicated } = this.#life;
    return {
      received: this.#past.received + received.size,
      duplicated: this.#past.duplicated + duplicated,
      lost: this.#past.lost + lost.size,
    };
  }

  /** A stream has opened: what comes from now on may be from a server that was restarted. */
  connected(): void {
    this.#fresh = [];
  }

  /** Answers whether the message shows that the server was restarted: its id is known, with another content. */
  add(message: Message, source: Source): { restarted: boolean } {
    const restarted = this.#life.contradicts(message);
    if (restarted) this.#restart();
    const isNew = this.#life.add(message, source);
    if (isNew && source === 'live') this.#fresh?.push(message);
    return { restarted };
  }

  /**
   * Merges the newest page of history. `lastBefore` is what `last` was when the page was asked for:
   * messages that came live since then may rightly be missing from it, earlier ones may not.
   */
  addNewest(page: readonly Message[], lastBefore: number | undefined): { restarted: boolean } {
    const latest = page.reduce((highest, { id }) => Math.max(highest, id), -Infinity);
    const restarted =
      (lastBefore !== undefined && latest < lastBefore) || page.some((message) => this.#life.contradicts(message));
    if (restarted) this.#restart();
    this.addOlder(page);
    return { restarted };
  }

  /** Merges an older page of history. */
  addOlder(page: readonly Message[]): void {
    for (const message of page) this.#life.add(message, 'history');
  }

  /** The newest hole in the ids below `below`, cut off there. */
  newestHole(below = Infinity): Range | undefined {
    const holes = [...this.#life.known.gaps()].filter((hole) => hole.from < below);
    const newest = holes.at(-1);
    return newest && { from: newest.from, to: Math.min(newest.to, below - 1) };
  }

  /** Are there holes that history has not been asked about? */
  hasOpenHoles(): boolean {
    return this.#life.known.gaps().size > this.#life.lost.size;
  }

  /** History has given what it had: the holes that remain are losses, until something fills them after all. */
  settle(): void {
    this.#life.lost = this.#life.known.gaps();
    this.#fresh = undefined;
  }

  #restart(): void {
    const fresh = this.#fresh ?? [];
    const { received, duplicated, lost } = this.counters;
    this.#past = { received: received - fresh.length, duplicated, lost };
    this.#life = new Life();
    for (const message of fresh) this.#life.add(message, 'live');
  }
}
