/** The button that plays the tour and stops it, and its running commentary. */

import { byId, el, setText } from './dom.js';
import { Stopped, type Stage } from './stage.js';
import { Tour } from './tour.js';

type Outcome = 'idle' | 'running' | 'done' | 'stopped' | 'failed';

export class TourPanel {
  readonly #button = byId('tour', HTMLButtonElement);
  readonly #lines = byId('tour-lines', HTMLOListElement);
  readonly #scroller = byId('tour-commentary', HTMLElement);
  readonly #stage: Stage;
  readonly #log: (text: string) => void;
  #running: AbortController | undefined;

  constructor(stage: Stage, log: (text: string) => void) {
    this.#stage = stage;
    this.#log = log;
    this.#button.addEventListener('click', () => {
      if (this.#running) this.stop();
      else void this.#play();
    });
  }

  get isPlaying(): boolean {
    return this.#running !== undefined;
  }

  stop(): void {
    this.#running?.abort();
  }

  async #play(): Promise<void> {
    const running = (this.#running = new AbortController());
    this.#lines.replaceChildren();
    this.#scroller.hidden = false;
    this.#is('running');
    const began = performance.now();
    const say = (text: string) => this.#say(text, performance.now() - began);
    try {
      await new Tour(this.#stage, say, running.signal).play();
      this.#is('done');
    } catch (error) {
      const stopped = error instanceof Stopped || running.signal.aborted;
      say(stopped ? 'Stopped. The server works again.' : `The tour cannot go on: ${error instanceof Error ? error.message : String(error)}.`);
      this.#is(stopped ? 'stopped' : 'failed');
    } finally {
      this.#running = undefined;
    }
  }

  #is(outcome: Outcome): void {
    this.#button.dataset['state'] = outcome;
    setText(this.#button, outcome === 'running' ? 'Stop the tour' : outcome === 'idle' ? 'Play the tour' : 'Play it again');
  }

  #say(text: string, ms: number): void {
    const seconds = Math.floor(ms / 1000);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    this.#lines.append(el('li', { 'data-testid': 'tour-line' }, el('span', { class: 'tour-time', 'aria-hidden': 'true' }, time), el('span', {}, text)));
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#log(text);
  }
}
