/** The view of the race: its controls, its lanes, and what it says. */

import { Clock } from '../clock.js';
import { byId, el, setText } from '../dom.js';
import type { Fault, On } from '../orders.js';
import type { View } from '../views.js';
import { plural, seconds } from '../words.js';
import { RACERS } from './clients.js';
import { FAULTS } from './fault.js';
import { Lane } from './lane.js';
import { Race, type Phase } from './race.js';

const WORDS: Readonly<Record<Phase, string>> = {
  idle: 'Ready.',
  starting: 'Connecting all three …',
  running: 'Running.',
  settling: 'Stopped; nothing is broken any more. What is still to come has its time.',
  done: 'Over.',
  failed: 'It could not be run.',
};

class RaceView implements View {
  readonly #race = new Race(() => this.#update());
  readonly #profile = byId('race-profile', HTMLSelectElement);
  readonly #on = byId('race-on', HTMLSelectElement);
  readonly #button = byId('race-run', HTMLButtonElement);
  readonly #phase = byId('race-phase', HTMLElement);
  readonly #about = byId('race-about', HTMLElement);
  readonly #trouble = byId('race-trouble', HTMLElement);
  readonly #sent = byId('race-sent', HTMLElement);
  readonly #lasted = byId('race-lasted', HTMLElement);
  readonly #lanes = RACERS.map((racer) => new Lane(racer));
  readonly #clock = new Clock(() => this.#update());

  constructor() {
    byId('race-lanes', HTMLElement).append(...this.#lanes.map(({ element }) => element));
    this.#profile.append(...FAULTS.map(({ name, label }) => el('option', { value: name }, label)), el('option', { value: 'none' }, 'None'));
    this.#button.addEventListener('click', () => void this.#press());
    for (const select of [this.#profile, this.#on]) select.addEventListener('change', () => this.#choose());
    window.addEventListener('pagehide', () => this.leave());
    this.#choose();
  }

  enter(): void {
    this.#update();
  }

  leave(): void {
    this.#race.abandon();
  }

  get #fault(): Fault | undefined {
    return FAULTS.find(({ name }) => name === this.#profile.value);
  }

  async #press(): Promise<void> {
    const on = this.#on.value as On;
    if (this.#race.phase === 'running') await this.#race.stop();
    else if (this.#race.phase === 'starting' || this.#race.phase === 'settling') this.#race.abandon();
    else await this.#race.start(this.#fault, on);
  }

  #choose(): void {
    setText(this.#about, this.#fault?.about ?? 'Nothing is broken.');
    // The server says itself whom it befalls.
    this.#on.disabled = this.#fault?.fixed ?? this.#fault === undefined;
    void this.#race.change(this.#fault, this.#on.value as On).then(() => this.#update());
  }

  #update(): void {
    const { phase, sent, standings, lastedMs, trouble } = this.#race;
    const isOn = phase === 'starting' || phase === 'running' || phase === 'settling';
    this.#phase.dataset['phase'] = phase;
    setText(this.#phase, WORDS[phase]);
    setText(this.#trouble, trouble);
    this.#trouble.hidden = trouble === '';
    setText(this.#sent, plural(sent, 'message'));
    setText(this.#lasted, seconds(lastedMs));
    setText(this.#button, phase === 'running' ? 'Stop' : isOn ? 'Stop at once' : 'Start');
    this.#button.classList.toggle('primary', !isOn);
    this.#lanes.forEach((lane, index) => lane.show(standings[index]!));
    this.#clock.run(isOn);
  }
}

export const view: View = new RaceView();
