/** The gaps that the client reported: by name, and whether they were healed. */

import type { Gap, GapReason } from 'graphql-lifeline';
import { byId, el, setText } from './dom.js';
import { plural } from './words.js';

const KEEP = 50;

const MEANING: Readonly<Record<GapReason, string>> = {
  initial: 'between history and the stream',
  reconnect: 'while there was no connection',
  stalled: 'while the connection was silent',
  malformed: 'a result could not be read',
  oversize: 'a result was too large',
  hydrate: 'the whole of a result could not be fetched',
  overflow: 'more waited than may wait',
  hole: 'a number was left out',
  audit: 'lost without a sign, found by an audit',
};

export class GapPanel {
  readonly #list = byId('gaps', HTMLOListElement);
  readonly #summary = byId('gap-summary', HTMLElement);
  #healed = 0;
  #all = 0;

  get all(): number {
    return this.#all;
  }

  get healed(): number {
    return this.#healed;
  }

  add({ reason, since, recovered }: Gap): void {
    this.#all += 1;
    if (recovered) this.#healed += 1;
    this.#list.prepend(
      el(
        'li',
        { 'data-testid': 'gap', 'data-reason': reason, 'data-healed': String(recovered) },
        el('span', { class: 'gap-name' }, reason),
        el('span', { class: 'gap-state' }, recovered ? 'healed' : 'not healed'),
        el('span', { class: 'gap-words' }, `${MEANING[reason]}, since ${since.toLocaleTimeString()}`),
      ),
    );
    while (this.#list.childElementCount > KEEP) this.#list.lastElementChild?.remove();
    setText(this.#summary, `${plural(this.#all, 'gap')}, ${this.#healed === this.#all ? 'all' : this.#healed} healed`);
  }
}
