/** The figures that the page is there to show. */

import type { Counters } from './chat.js';
import { byId, setText } from './dom.js';

export class CounterPanel {
  readonly #sent = byId('sent', HTMLElement);
  readonly #received = byId('received', HTMLElement);
  readonly #duplicated = byId('duplicated', HTMLElement);
  readonly #lost = byId('lost', HTMLElement);

  update({ sent, received, duplicated, lost }: Counters): void {
    setText(this.#sent, String(sent));
    setText(this.#received, String(received));
    show(this.#duplicated, duplicated);
    show(this.#lost, lost);
  }
}

/** A figure that ought to be 0. */
function show(element: HTMLElement, count: number): void {
  setText(element, String(count));
  element.classList.toggle('bad', count > 0);
}
