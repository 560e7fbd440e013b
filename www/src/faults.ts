/** Buttons that make the demo server misbehave. */

import { byId, el, setText } from './dom.js';

type Order = Readonly<Record<string, string | number | boolean>>;

interface Fault {
  readonly testId: string;
  readonly label: string;
  /** What `POST /faults` is sent, one after the other. */
  readonly orders: readonly Order[];
}

const CUT: Order = { profile: 'cut' };

/** A further fault is one more line. What befalls new streams needs a cut, so that there is a new stream. */
const FAULTS: readonly Fault[] = [
  { testId: 'fault-cut', label: 'Cut every stream now', orders: [CUT] },
  { testId: 'fault-cut-next', label: 'Cut the next message in its middle', orders: [{ profile: 'cut', onNext: true }] },
  { testId: 'fault-clean-end', label: 'End every stream without a cut', orders: [{ profile: 'clean-end' }] },
  { testId: 'fault-flap', label: 'Cut after every message', orders: [{ profile: 'flap', events: 1 }, CUT] },
  { testId: 'fault-status', label: 'Cut, then refuse 3 times (503)', orders: [{ profile: 'status', status: 503, times: 3 }, CUT] },
  { testId: 'fault-portal', label: 'Cut, then a captive portal, twice', orders: [{ profile: 'portal', times: 2 }, CUT] },
  { testId: 'fault-none', label: 'No more faults', orders: [{ profile: 'none' }] },
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
    const answers: string[] = [];
    for (const order of fault.orders) {
      const answer = await post(JSON.stringify(order));
      this.#log(`${JSON.stringify(order)} → ${answer}`);
      answers.push(answer);
    }
    setText(this.#answer, `${fault.label}: ${answers.join(', ')}`);
  }
}

/** Sends the order; answers with what the server says, in whatever form. */
async function post(body: string): Promise<string> {
  try {
    const response = await fetch('/faults', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const text = (await response.text()).slice(0, SHOWN_OF_ANSWER);
    return response.ok ? text || 'done' : `refused (${response.status}): ${text}`;
  } catch (error) {
    return `the server can't be reached (${error instanceof Error ? error.message : String(error)})`;
  }
}
