/** The connection in plain sight: state, transport, what happens next. */

import { Clock } from './clock.js';
import { byId, setText } from './dom.js';
import type { Status } from './outlook.js';
import { countdown, transportName } from './words.js';

/** A state is announced to screen readers when it has lasted this long: a quick reconnect is no news. */
const ANNOUNCE_AFTER_MS = 1500;

const ANNOUNCED: Readonly<Record<Status['state'], string>> = {
  idle: '',
  connecting: 'Connecting to the chat.',
  live: 'Connected to the chat.',
  suspect: '',
  waiting: 'The connection to the chat is lost. Reconnecting by itself.',
  suspended: 'Every way to the chat keeps failing. It is tried again now and then.',
  offline: 'There is no network. The chat comes back with it.',
  hidden: '',
  closed: 'The connection to the chat is closed.',
};

/** States that the button ends. */
const ENDABLE: ReadonlySet<Status['state']> = new Set(['waiting', 'suspended', 'offline', 'closed']);

export const NO_STATUS: Status = { state: 'closed', transport: undefined, attempt: 0, retryAt: undefined };

export class StatusBar {
  readonly #badge = byId('badge', HTMLElement);
  readonly #state = byId('state', HTMLElement);
  readonly #transport = byId('transport', HTMLElement);
  readonly #words = byId('words', HTMLElement);
  readonly #announcer = byId('announcer', HTMLElement);
  readonly #reconnect = byId('reconnect', HTMLButtonElement);
  readonly #read: () => Status;
  /** Only a countdown needs one. */
  readonly #clock = new Clock(() => this.update());
  #announcing: ReturnType<typeof setTimeout> | undefined;

  /** `again` is what the button does: reconnect now, or begin anew where everything is closed. */
  constructor(read: () => Status, again: () => void) {
    this.#read = read;
    this.#reconnect.addEventListener('click', again);
  }

  update(): void {
    const status = this.#read();
    if (status.state !== this.#badge.dataset['state']) this.#changed(status.state);
    setText(this.#transport, status.transport ?? 'none');
    setText(this.#words, describe(status));
    this.#reconnect.hidden = !ENDABLE.has(status.state);
    setText(this.#reconnect, status.state === 'closed' ? 'Connect again' : 'Reconnect now');
    this.#clock.run(status.retryAt !== undefined);
  }

  #changed(state: Status['state']): void {
    this.#badge.dataset['state'] = state;
    setText(this.#state, state);
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => setText(this.#announcer, ANNOUNCED[state]), ANNOUNCE_AFTER_MS);
  }
}

function describe({ state, transport, attempt, retryAt }: Status): string {
  switch (state) {
    case 'idle':
      return 'not started yet';
    case 'connecting':
      return attempt > 1 ? `connecting again (attempt ${attempt})` : 'connecting';
    case 'live':
      return transport ? `messages come by ${transportName(transport)}` : 'messages come as they are sent';
    case 'suspect':
      return 'connected, but nothing has been heard for a while';
    case 'waiting':
      return `reconnecting ${countdown(retryAt)} (attempt ${attempt + 1})`;
    case 'suspended':
      return retryAt === undefined
        ? 'every transport is left alone until its breaker is reset'
        : `every transport keeps failing; one is tried ${countdown(retryAt)} (attempt ${attempt + 1})`;
    case 'offline':
      return `no network; tried all the same ${countdown(retryAt)}`;
    case 'hidden':
      return 'waiting for somebody to look';
    case 'closed':
      return 'no connection, and none is tried';
  }
}
