/** One lane: a client's figures, and its configuration to copy. */

import { byId, el, setText } from '../dom.js';
import type { Racer } from './clients.js';
import type { Standing } from './runner.js';

type Figure = 'received' | 'lost' | 'silent' | 'doubled' | 'late' | 'requests';

/** By figure: its words, and whether it ought to be 0. */
const FIGURES: readonly (readonly [Figure, string, boolean])[] = [
  ['received', 'received', false],
  ['lost', 'lost', true],
  ['silent', 'in silence', true],
  ['doubled', 'doubled', true],
  ['late', 'late', false],
  ['requests', 'requests', false],
];

export class Lane {
  readonly element: HTMLElement;
  readonly #racer: Racer;
  readonly #values = new Map<Figure, HTMLElement>();
  readonly #badge: HTMLElement;
  readonly #state: HTMLElement;
  readonly #end: HTMLElement;
  readonly #code: HTMLDetailsElement;

  constructor(racer: Racer) {
    const { name, label, about } = racer;
    const id = `race-${name}`;
    this.#racer = racer;
    this.#state = el('span', { 'data-testid': `${id}-state` }, 'idle');
    this.#badge = el('span', { 'class': 'badge', 'data-state': 'idle' }, el('span', { 'class': 'dot', 'aria-hidden': 'true' }), el('span', { class: 'sr' }, 'State: '), this.#state);
    this.#end = el('p', { 'class': 'error', 'data-testid': `${id}-end` });
    this.#code = el('details', { class: 'code' }, el('summary', {}, 'Configuration'), el('pre', { 'tabindex': '0', 'role': 'region', 'aria-label': `Configuration of ${label}` }, racer.configuration));
    this.element = el(
      'section',
      { 'class': 'card lane', 'aria-labelledby': id },
      el('div', { class: 'lane-head' }, el('h2', { id }, label), this.#badge),
      el('dl', { class: 'counters' }, ...FIGURES.map((figure) => this.#figure(figure))),
      this.#end,
      el('p', { class: 'hint' }, about),
      this.#copier(),
      this.#code,
    );
  }

  show(standing: Standing): void {
    if (this.#badge.dataset['state'] !== standing.state) this.#badge.dataset['state'] = standing.state;
    setText(this.#state, standing.state);
    setText(this.#end, standing.end);
    this.#end.hidden = standing.end === '';
    for (const [figure, , wantsNone] of FIGURES) {
      const value = this.#values.get(figure)!;
      setText(value, String(standing[figure]));
      value.classList.toggle('bad', wantsNone && standing[figure] > 0);
    }
  }

  #figure([figure, words]: readonly [Figure, string, boolean]): HTMLElement {
    const value = el('dd', { 'data-testid': `race-${this.#racer.name}-${figure}` }, '0');
    this.#values.set(figure, value);
    return el('div', {}, el('dt', {}, words), value);
  }

  #copier(): HTMLButtonElement {
    const { name, label } = this.#racer;
    const button = el('button', { 'type': 'button', 'class': 'small', 'data-testid': `race-${name}-copy`, 'aria-label': `Copy the configuration of ${label}` }, 'Copy configuration');
    button.addEventListener('click', () => void this.#copy());
    return button;
  }

  async #copy(): Promise<void> {
    const { label, configuration } = this.#racer;
    const told = byId('race-copied', HTMLElement);
    told.textContent = ''; // the same words twice would not be read out again
    try {
      await navigator.clipboard.writeText(configuration);
      told.textContent = `The configuration of ${label} is in the clipboard.`;
    } catch {
      // There is no clipboard outside of a secure context, and a browser may refuse it.
      this.#code.open = true;
      told.textContent = `The browser does not let this page copy. The configuration of ${label} is shown below its figures, to be copied by hand.`;
    }
  }
}
