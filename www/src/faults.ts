/** Buttons that make the demo server misbehave, and the one that ends it. */

import { byId, el, setText } from './dom.js';
import { order, profile } from './fault-server.js';
import { GROUPS, NONE, ordersOf, type Fault, type Group, type On, type Order } from './orders.js';

/** How often the server is asked what is in force, while something is. */
const LOOK_MS = 2000;
const CALM = 'none';

export class FaultPanel {
  readonly #box = byId('fault-buttons', HTMLElement);
  readonly #answer = byId('fault-answer', HTMLElement);
  readonly #force = byId('fault-force', HTMLElement);
  readonly #end = byId('fault-none', HTMLButtonElement);
  readonly #on = byId('fault-on', HTMLSelectElement);
  readonly #buttons = new Map<string, HTMLButtonElement>();
  readonly #log: (text: string) => void;
  #looking: ReturnType<typeof setTimeout> | undefined;

  constructor(log: (text: string) => void) {
    this.#log = log;
    this.#box.append(...GROUPS.map((group) => this.#group(group)));
    this.#end.addEventListener('click', () => void this.#trigger('Everything works again.', [NONE]));
  }

  /** Asks whether this server can be made to fail at all. */
  async check(): Promise<void> {
    // One that is away may come back, and the buttons will say so when pressed.
    const now = await profile().catch(() => CALM);
    const able = now !== undefined;
    for (const button of [this.#end, ...this.#buttons.values()]) button.disabled = !able;
    this.#on.disabled = !able;
    setText(this.#answer, able ? '' : 'This server has no /faults, so nothing can be broken on purpose.');
    if (able) this.#show(now);
  }

  /** Orders what the server is to do; throws if it does not. */
  async order(what: Order): Promise<string> {
    const answer = await order(what);
    this.#log(`${JSON.stringify(what)} → ${answer}`);
    await this.look();
    return answer;
  }

  /** Asks what is in force: it may have ended by itself, or another page has ordered something. */
  async look(): Promise<void> {
    const now = await profile().catch(() => undefined);
    this.#show(now ?? this.#force.dataset['profile'] ?? CALM);
  }

  /** This profile is in force. */
  #show(name: string): void {
    setText(this.#force, name);
    this.#force.dataset['profile'] = name;
    // A cut that is in force is one that waits for its message.
    const current = name === 'cut' ? 'cut-next' : name;
    for (const [each, button] of this.#buttons) {
      if (each === current) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
    clearTimeout(this.#looking);
    if (name !== CALM) this.#looking = setTimeout(() => void this.look(), LOOK_MS);
  }

  #group({ title, faults }: Group): HTMLElement {
    const id = `faults-${title.toLowerCase().replaceAll(' ', '-')}`;
    const buttons = el('div', { class: 'buttons' }, ...faults.map((fault) => this.#button(fault)));
    return el('div', { role: 'group', 'aria-labelledby': id }, el('p', { class: 'group', id }, title), buttons);
  }

  #button(fault: Fault): HTMLButtonElement {
    const button = el('button', { type: 'button', 'data-testid': `fault-${fault.name}`, title: fault.about }, fault.label);
    button.addEventListener('click', () => void this.#trigger(fault.about, ordersOf(fault, this.#on.value as On)));
    this.#buttons.set(fault.name, button);
    return button;
  }

  async #trigger(about: string, orders: readonly Order[]): Promise<void> {
    setText(this.#answer, about);
    for (const what of orders) {
      try {
        await this.order(what);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        this.#log(`${JSON.stringify(what)}: ${why}`);
        setText(this.#answer, why);
        return;
      }
    }
  }
}
