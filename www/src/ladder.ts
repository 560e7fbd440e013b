/** The ladder with its breakers, the watchdog's judgement and the wait, drawn as they are now. */

import type { Transport } from 'graphql-lifeline';
import { Clock } from './clock.js';
import { byId, el, setText } from './dom.js';
import type { Rung, Status, Watch } from './outlook.js';
import { countdown, seconds, transportName } from './words.js';

/** What the panel shows. */
export interface View {
  readonly status: Status;
  readonly ladder: readonly Rung[];
  readonly watch: Watch | undefined;
}

export interface LadderHooks {
  read(): View;
  isolate(transport: Transport): void;
  reset(transport: Transport): void;
}

interface Row {
  readonly item: HTMLLIElement;
  readonly breaker: HTMLElement;
  readonly words: HTMLElement;
  readonly button: HTMLButtonElement;
}

export class LadderPanel {
  readonly #list = byId('ladder', HTMLOListElement);
  readonly #watchdog = byId('watchdog', HTMLElement);
  readonly #heard = byId('watchdog-since', HTMLElement);
  readonly #wait = byId('next-try', HTMLElement);
  readonly #hooks: LadderHooks;
  readonly #clock = new Clock(() => this.update());
  readonly #rows = new Map<Transport, Row>();
  #drawn = '';

  constructor(hooks: LadderHooks) {
    this.#hooks = hooks;
  }

  update(): void {
    const { status, ladder, watch } = this.#hooks.read();
    this.#draw(ladder);
    for (const rung of ladder) this.#show(rung);
    const judgement = watch?.judgement ?? 'none';
    if (this.#watchdog.dataset['judgement'] !== judgement) this.#watchdog.dataset['judgement'] = judgement;
    setText(this.#watchdog, watch?.judgement ?? 'nothing to watch');
    setText(this.#heard, watch ? heard(watch) : '');
    setText(this.#wait, nextTry(status));
    const ticks = status.retryAt !== undefined || (watch && watch.judgement !== 'alive') || ladder.some(({ retryAt }) => retryAt !== undefined);
    this.#clock.run(Boolean(ticks));
  }

  /** The rungs, made anew only when a client has others. */
  #draw(ladder: readonly Rung[]): void {
    const names = ladder.map(({ transport }) => transport).join();
    if (names === this.#drawn) return;
    this.#drawn = names;
    this.#rows.clear();
    this.#list.replaceChildren(...ladder.map(({ transport }) => this.#row(transport)));
  }

  #row(transport: Transport): HTMLLIElement {
    const name = transportName(transport);
    const breaker = el('span', { class: 'breaker', 'data-testid': `breaker-${transport}` });
    const words = el('span', { class: 'rung-words' });
    const button = el('button', { type: 'button', class: 'small' });
    button.addEventListener('click', () => {
      if (breaker.dataset['state'] === 'closed') this.#hooks.isolate(transport);
      else this.#hooks.reset(transport);
      this.update();
    });
    const item = el(
      'li',
      { class: 'rung', 'data-transport': transport },
      el('span', { class: 'rung-name' }, name),
      el('span', { class: 'sr' }, ', breaker '),
      breaker,
      words,
      button,
    );
    this.#rows.set(transport, { item, breaker, words, button });
    return item;
  }

  #show(rung: Rung): void {
    const row = this.#rows.get(rung.transport);
    if (!row) return;
    const { item, breaker, words, button } = row;
    const use = rung.state ?? 'idle';
    if (item.dataset['use'] !== use) item.dataset['use'] = use;
    if (breaker.dataset['state'] !== rung.breaker) breaker.dataset['state'] = rung.breaker;
    setText(breaker, rung.breaker);
    setText(words, inWords(rung));
    setText(button, rung.breaker === 'closed' ? 'Isolate' : 'Reset');
    const label = `${rung.breaker === 'closed' ? 'Isolate' : 'Reset'} ${transportName(rung.transport)}`;
    if (button.ariaLabel !== label) button.ariaLabel = label;
  }
}

function nextTry({ state, retryAt }: Status): string {
  if (state === 'suspended' && retryAt === undefined) return 'when a breaker is reset';
  return state === 'waiting' || state === 'suspended' ? countdown(retryAt) : '–';
}

function inWords({ reason, state, breaker, retryAt }: Rung): string {
  if (reason !== undefined) return `left out: ${reason}`;
  if (state === 'live' || state === 'suspect') return breaker === 'open' ? 'carries the messages, the last of its kind' : 'carries the messages';
  if (state === 'connecting') return 'is tried now';
  if (breaker === 'half-open') return 'one attempt is let through';
  if (breaker === 'closed') return 'ready';
  if (retryAt === undefined) return 'left alone until it is reset';
  return retryAt > Date.now() ? `left alone, ${seconds(retryAt - Date.now())} more` : 'may be tried again';
}

function heard({ judgement, since }: Watch): string {
  const silent = seconds(Date.now() - since.getTime());
  if (judgement === 'alive') return `since ${since.toLocaleTimeString()}`;
  return judgement === 'suspect' ? `silent for ${silent}` : `silent for ${silent}, and replaced`;
}
