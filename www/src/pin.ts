/** The switch that pins the transport. The choice stands in the URL's hash, so that a link can carry it. */

import type { Pin } from './connection.js';
import { byId } from './dom.js';

const PINS: readonly Pin[] = ['auto', 'eventsource', 'fetch', 'websocket'];

export class PinSwitch {
  readonly #group = byId('pin', HTMLFieldSetElement);
  #pin = fromHash() ?? 'auto';

  constructor(changed: (pin: Pin) => void) {
    const apply = (pin: Pin) => {
      if (pin === this.#pin) return;
      this.#pin = pin;
      this.#show();
      changed(pin);
    };
    this.#group.addEventListener('change', (event) => {
      const pin = PINS.find((name) => event.target instanceof HTMLInputElement && name === event.target.value);
      if (!pin) return;
      write(pin);
      apply(pin);
    });
    window.addEventListener('hashchange', () => apply(fromHash() ?? this.#pin));
    this.#show();
  }

  get pin(): Pin {
    return this.#pin;
  }

  /** Moves the switch without telling anybody. */
  set(pin: Pin): void {
    this.#pin = pin;
    write(pin);
    this.#show();
  }

  #show(): void {
    for (const input of this.#group.querySelectorAll('input')) input.checked = input.value === this.#pin;
  }
}

/** `undefined` where the hash speaks of something else. */
function fromHash(): Pin | undefined {
  const hash = location.hash.slice(1);
  const wanted = new URLSearchParams(hash).get('transport');
  if (wanted === null && hash !== '') return undefined;
  return PINS.find((pin) => pin === wanted) ?? 'auto';
}

function write(pin: Pin): void {
  // Not a navigation: no new entry in the tab's history, no jump.
  history.replaceState(null, '', pin === 'auto' ? location.pathname + location.search : `#transport=${pin}`);
}
