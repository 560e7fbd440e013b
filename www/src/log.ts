/** The event log: newest first, bounded. */

import { byId, el } from './dom.js';

/** What an entry is about; also its colour. */
export type Kind = 'state' | 'connect' | 'retry' | 'gap' | 'breaker' | 'stall' | 'history' | 'fault' | 'tour' | 'error' | 'note';

const KEEP = 200;

export class EventLog {
  readonly #list = byId('log', HTMLOListElement);

  add(kind: Kind, text: string): void {
    const now = new Date();
    this.#list.prepend(
      el(
        'li',
        { 'data-testid': 'log-entry', 'data-kind': kind },
        el('time', { datetime: now.toISOString() }, clock(now)),
        el('span', { class: 'kind' }, kind),
        el('span', { class: 'what' }, text),
      ),
    );
    while (this.#list.childElementCount > KEEP) this.#list.lastElementChild?.remove();
  }
}

/** Local time to the millisecond. */
function clock(time: Date): string {
  const part = (value: number, digits = 2) => String(value).padStart(digits, '0');
  return `${part(time.getHours())}:${part(time.getMinutes())}:${part(time.getSeconds())}.${part(time.getMilliseconds(), 3)}`;
}
