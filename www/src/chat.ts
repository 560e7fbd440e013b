/** The model: messages merged by id from every source, and counters computed from the ids. Pure. */

import { isSame, type Message, type Trace } from './message.js';
import { Ranges } from './ranges.js';

/** What brought a message: the subscription (live or by its backfill), the page's own query, or the answer to the mutation that sent it. */
export type Source = 'stream' | 'history' | 'answer';

export interface Counters {
  /** Messages that this page sent, and the server confirmed. */
  readonly sent: number;
  /** Distinct messages that came by the subscription or by a query. */
  readonly received: number;
  /** Results that the subscription delivered although it had delivered them before. */
  readonly duplicated: number;
  /** Messages that the server has given an id, and that were never shown here. */
  readonly lost: number;
}

/** Messages kept with their text. Of older ones only the ids are known. */
const KEEP = 1000;

/** What is known of one life of the server; a restarted server counts its ids from the beginning. */
class Life {
  readonly shown = new Ranges();
  readonly streamed = new Ranges();
  readonly received = new Ranges();
  readonly healed = new Ranges();
  lost = new Ranges();
  /** The server's newest id, as far as it was asked. */
  latest = 0;
  duplicated = 0;
  messages: readonly Message[] = [];

  contradicts(trace: Trace): boolean {
    const kept = this.messages.find((other) => other.id === trace.id);
    return kept !== undefined && !isSame(kept, trace);
  }

  add(message: Message, source: Source): void {
    const { id } = message;
    if (source === 'stream') {
      if (this.streamed.has(id)) this.duplicated += 1;
      this.streamed.add(id);
    }
    if (source !== 'answer') this.received.add(id);
    this.lost.delete(id);
    if (this.shown.has(id)) return;
    this.shown.add(id);
    this.#insert(message);
  }

  missing(): Ranges {
    const missing = this.shown.gaps();
    const last = this.shown.last;
    if (last !== undefined && this.latest > last) missing.add(last + 1, this.latest);
    return missing;
  }

  #insert(message: Message): void {
    let index = this.messages.length;
    while (index > 0 && this.messages[index - 1]!.id > message.id) index -= 1;
    this.messages = [...this.messages.slice(0, index), message, ...this.messages.slice(index)].slice(-KEEP);
  }
}

export class Chat {
  #life = new Life();
  #past: Counters = { sent: 0, received: 0, duplicated: 0, lost: 0 };
  #sent = 0;

  /** In the order of their ids; a new array whenever something changed. */
  get messages(): readonly Message[] {
    return this.#life.messages;
  }

  /** Everything from the first message shown up to this one was shown, 0 standing before the first; undefined before history was loaded. */
  get whole(): number | undefined {
    return this.#life.shown.ends[0];
  }

  get counters(): Counters {
    const { received, lost, duplicated } = this.#life;
    return {
      sent: this.#sent,
      received: this.#past.received + received.size,
      duplicated: this.#past.duplicated + duplicated,
      lost: this.#past.lost + lost.size,
    };
  }

  /** The page begins with these, the newest of history. */
  begin(page: readonly Message[]): void {
    // Ids begin at 1: in an empty chat, everything behind 0 has to come.
    if (page.length === 0) this.#life.shown.add(0);
    for (const message of page) this.add(message, 'history');
  }

  /** Not added if it is of another life of the server: its id is known, and it is another message. */
  add(message: Message, source: Source): { restarted: boolean } {
    const restarted = this.#life.contradicts(message);
    if (!restarted) this.#life.add(message, source);
    return { restarted };
  }

  /** This page has sent one. */
  countSent(): void {
    this.#sent += 1;
  }

  /** A backfill has brought it. */
  heal(id: number): void {
    this.#life.healed.add(id);
  }

  wasHealed(id: number): boolean {
    return this.#life.healed.has(id);
  }

  has(id: number): boolean {
    return this.#life.shown.has(id);
  }

  /** Is this of another life of the server than what is shown? */
  contradicts(trace: Trace): boolean {
    return this.#life.contradicts(trace);
  }

  /** The server has given this id to a message. */
  reaches(latest: number): void {
    this.#life.latest = Math.max(this.#life.latest, latest);
  }

  /** What the server has, and is not shown. It may be on its way. */
  missing(): Ranges {
    return this.#life.missing();
  }

  /** These were missing a while ago. Those that still are count as lost, until they come after all. */
  settle(missing: Ranges): void {
    const lost = new Ranges();
    for (const { from, to } of missing) {
      for (let id = from; id <= to; id += 1) if (!this.#life.shown.has(id)) lost.add(id);
    }
    this.#life.lost = lost;
  }

  /** The server counts from the beginning: so does the list, and the counters go on. */
  restart(): void {
    const { received, duplicated, lost } = this.counters;
    this.#past = { sent: 0, received, duplicated, lost };
    this.#life = new Life();
  }
}
