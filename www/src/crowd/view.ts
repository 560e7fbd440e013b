/** The view of the crowd: its controls, a cell for each subscription, and what it says. */

import { Clock } from '../clock.js';
import { byId, el, setText } from '../dom.js';
import type { View } from '../views.js';
import { COUNT, Crowd, type Phase, type Sharing } from './crowd.js';
import type { Member } from './member.js';

const WORDS: Readonly<Record<Phase, string>> = {
  idle: 'Ready.',
  running: 'Running: a message and a query each second.',
  asleep: 'Asleep. Others write, and the token expires.',
  waking: 'Waking up: the clocks are eight hours ahead.',
  done: 'Over.',
  failed: 'It could not go on.',
};

const ABOUT: Readonly<Record<Sharing, string>> = {
  auto: 'Three have a stream of their own, the others share the fourth (singleConnection: “auto”).',
  one: 'All share one reserved stream (singleConnection: true).',
  socket: 'Four have a stream of their own, the others take the WebSocket.',
  wait: 'Four have a stream of their own, the others wait for room, and are told so.',
};

class CrowdView implements View {
  readonly #crowd = new Crowd(() => this.#update());
  readonly #sharing = byId('crowd-sharing', HTMLSelectElement);
  readonly #run = byId('crowd-run', HTMLButtonElement);
  readonly #night = byId('crowd-night', HTMLButtonElement);
  readonly #phase = byId('crowd-phase', HTMLElement);
  readonly #cells: readonly HTMLElement[];
  readonly #clock = new Clock(() => this.#update());

  constructor() {
    this.#cells = Array.from({ length: COUNT }, () => el('li', { 'data-testid': 'crowd-member' }));
    byId('crowd-members', HTMLElement).append(...this.#cells);
    this.#run.addEventListener('click', () => this.#press());
    this.#night.addEventListener('click', () => void this.#crowd.night());
    this.#sharing.addEventListener('change', () => this.#update());
    window.addEventListener('pagehide', () => this.leave());
  }

  enter(): void {
    setText(byId('crowd-protocol', HTMLElement), protocol());
    this.#update();
  }

  leave(): void {
    this.#crowd.stop();
  }

  #press(): void {
    if (this.#isOn) this.#crowd.stop();
    else void this.#crowd.start(this.#sharing.value as Sharing);
  }

  get #isOn(): boolean {
    return ['running', 'asleep', 'waking'].includes(this.#crowd.phase);
  }

  #update(): void {
    const { phase, members, sent, live, open, answeredInMs, asked, story, trouble } = this.#crowd;
    this.#phase.dataset['phase'] = phase;
    setText(this.#phase, WORDS[phase]);
    setText(this.#run, this.#isOn ? 'Stop' : 'Start');
    this.#run.classList.toggle('primary', !this.#isOn);
    this.#night.disabled = phase !== 'running';
    this.#sharing.disabled = this.#isOn;
    show('crowd-about', ABOUT[this.#sharing.value as Sharing]);
    show('crowd-sent', sent);
    show('crowd-live', live);
    show('crowd-waiting', members.filter(({ state }) => state === 'waiting').length);
    show('crowd-open', open);
    show('crowd-query', answeredInMs === undefined ? '–' : `${answeredInMs} ms`);
    show('crowd-asked', asked);
    for (const what of ['lost', 'doubled'] as const) {
      const count = members.reduce((sum, member) => sum + member[what], 0);
      show(`crowd-${what}`, count);
      byId(`crowd-${what}`, HTMLElement).classList.toggle('bad', count > 0);
    }
    show('crowd-story', story);
    const ends = members.find(({ end }) => end !== '')?.end ?? '';
    show('crowd-trouble', trouble || ends);
    byId('crowd-trouble', HTMLElement).hidden = trouble === '' && ends === '';
    this.#cells.forEach((cell, at) => showMember(cell, at, members[at]));
    this.#clock.run(this.#isOn);
  }
}

function show(id: string, what: string | number): void {
  setText(byId(id, HTMLElement), String(what));
}

function showMember(cell: HTMLElement, at: number, member: Member | undefined): void {
  const state = member?.state ?? 'idle';
  const received = member?.received ?? 0;
  if (cell.dataset['state'] !== state) cell.dataset['state'] = state;
  if (cell.dataset['received'] === String(received) && cell.title.endsWith(state)) return;
  cell.dataset['received'] = String(received);
  cell.title = `Subscription ${at + 1}: ${state}`;
  cell.replaceChildren(el('span', { class: 'sr' }, `${at + 1}, ${state}: `), String(received));
}

/** How this page came, and so what its browser allows. */
function protocol(): string {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const name = page?.nextHopProtocol ?? '';
  if (/^h[23]/.test(name)) return `This page came over HTTP/${name[1]}: there is no limit, and each has a stream of its own.`;
  return 'This page came over HTTP/1.1: its browser has six connections to this server, for all tabs together.';
}

export const view: View = new CrowdView();
