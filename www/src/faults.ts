/** Buttons that make the demo server misbehave. */

import { byId, el, setText } from './dom.js';

interface Fault {
  readonly testId: string;
  readonly label: string;
  /** What `POST /faults` is sent. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A further profile is one more line. */
const FAULTS: readonly Fault[] = [
  { testId: 'fault-cut', label: 'Cut every stream now', body: { profile: 'cut' } },
  { testId: 'fault-cut-next', label: 'Cut the next message in its middle', body: { profile: 'cut', onNext: true } },
  { testId: 'fault-clean-end', label: 'End every stream without a cut', body: { profile: 'clean-end' } },
  { testId: 'fault-flap', label: 'Cut after every message', body: { profile: 'flap', events: 1 } },
  { testId: 'fault-status', label: 'Refuse 3 connections (503)', body: { profile: 'status', status: 503, times: 3 } },
  { testId: 'fault-portal', label: 'Captive portal, twice', body: { profile: 'portal', times: 2 } },
  { testId: 'fault-none', label: 'No more faults', body: { profile: 'none' } },
];

const ANSWER_MS = 10_000;
const SHOWN_OF_ANSWER = 300;

export class FaultPanel {
  readonly #box = byId('fault-buttons', HTMLElement);
  readonly #answer = byId('fault-answer', HTMLElement);
  readonly #log: (text: string) => void;

  constructor(log: (text: string) => void) {
    this.#log = log;
    for (const fault of FAULTS) this.#box.append(this.#button(fault));
  }

  /** Asks whether this server can be made to fail at all: one that can names its fault profile in /stats. */
  async check(): Promise<void> {
    let able = false;
    try {
      const response = await fetch('/stats', { signal: AbortSignal.timeout(ANSWER_MS) });
      const stats: unknown = response.ok ? await response.json() : undefined;
      able = typeof stats === 'object' && stats !== null && 'profile' in stats;
    } catch (error) {
      // No JSON: not the demo server. Anything else: it is away, and the buttons will say so when pressed.
      able = !(error instanceof SyntaxError);
    }
    for (const button of this.#box.querySelectorAll('button')) button.disabled = !able;
    setText(this.#answer, able ? '' : 'This server has no /faults, so nothing can be broken on purpose.');
  }

  #button(fault: Fault): HTMLButtonElement {
    const button = el('button', { type: 'button', 'data-testid': fault.testId }, fault.label);
    button.addEventListener('click', () => void this.#trigger(fault));
    return button;
  }

  async #trigger(fault: Fault): Promise<void> {
    const body = JSON.stringify(fault.body);
    let outcome: string;
    try {
      const response = await fetch('/faults', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const text = (await response.text()).slice(0, SHOWN_OF_ANSWER);
      outcome = response.ok ? text || 'done' : `refused (${response.status}): ${text}`;
    } catch (error) {
      outcome = `the server can't be reached (${error instanceof Error ? error.message : String(error)})`;
    }
    setText(this.#answer, `${fault.label}: ${outcome}`);
    this.#log(`${body} → ${outcome}`);
  }
}
