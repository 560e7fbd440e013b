/** The name, the text and the button that sends it. */

import { isLifelineError, wireBytes } from 'graphql-lifeline';
import { byId, setText } from './dom.js';
import { recall, remember } from './store.js';
import { bytes } from './words.js';

const AUTHOR_KEY = 'lifeline-author';
const SHOW_SIZE_OVER = 1024;

export interface ComposerHooks {
  /** Resolves when the server has the message. */
  send(author: string, text: string): Promise<void>;
  author(name: string): void;
}

export class Composer {
  readonly #form = byId('composer', HTMLFormElement);
  readonly #author = byId('author', HTMLInputElement);
  readonly #input = byId('message-input', HTMLTextAreaElement);
  readonly #send = byId('send', HTMLButtonElement);
  readonly #size = byId('size', HTMLElement);
  readonly #error = byId('send-error', HTMLElement);
  readonly #hooks: ComposerHooks;
  #sending = false;

  constructor(hooks: ComposerHooks) {
    this.#hooks = hooks;
    this.#author.value = recall(AUTHOR_KEY) ?? `Guest ${100 + Math.floor(Math.random() * 900)}`;
    this.#author.addEventListener('input', () => this.#named());
    this.#input.addEventListener('input', () => this.#changed());
    this.#input.addEventListener('keydown', (event) => {
      // While an input method composes, Enter picks a candidate.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.#submit();
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#named();
    this.#changed();
  }

  /** Puts a text into the box, for the reader to send. */
  write(text: string): void {
    this.#input.value = text;
    this.#changed();
    this.#input.focus();
  }

  #named(): void {
    const name = this.#author.value.trim();
    if (name) remember(AUTHOR_KEY, name);
    this.#hooks.author(name);
    this.#update();
  }

  #changed(): void {
    this.#showError('');
    this.#update();
  }

  #update(): void {
    const text = this.#input.value;
    const empty = text.trim() === '' || this.#author.value.trim() === '';
    this.#send.disabled = empty || this.#sending;
    setText(this.#send, this.#sending ? 'Sending…' : 'Send');
    this.#input.readOnly = this.#sending;
    const size = text.length > SHOW_SIZE_OVER / 6 ? sizeOf(text) : 0;
    setText(this.#size, size > SHOW_SIZE_OVER ? `${bytes(size)} on the wire` : '');
  }

  async #submit(): Promise<void> {
    if (this.#send.disabled) return;
    this.#sending = true;
    this.#showError('');
    this.#update();
    try {
      await this.#hooks.send(this.#author.value.trim(), this.#input.value);
      this.#input.value = '';
    } catch (error) {
      this.#showError(explain(error));
    } finally {
      this.#sending = false;
      this.#update();
    }
  }

  #showError(text: string): void {
    setText(this.#error, text);
    this.#error.hidden = text === '';
    if (text) this.#input.setAttribute('aria-invalid', 'true');
    else this.#input.removeAttribute('aria-invalid');
  }
}

function sizeOf(text: string): number {
  try {
    return wireBytes(text);
  } catch {
    return 0; // No WebAssembly here: the page says so elsewhere.
  }
}

/** A mutation is never sent twice by itself, so the writer must know whether sending again is safe. */
function explain(error: unknown): string {
  const kept = 'Your text is still here.';
  const said = error instanceof Error ? error.message : String(error);
  if (!isLifelineError(error)) {
    if (error instanceof DOMException)
      return `No answer came. The message may have arrived all the same: look above before you send again. ${kept}`;
    return `Not sent: ${said} ${kept}`;
  }
  if (error.code === 'cut')
    return `The connection broke before the answer. The message may have arrived: look above before you send again. ${kept}`;
  if (error.code === 'network') return `Not sent: the server can't be reached. ${kept}`;
  return `Not sent: ${said} (${error.code}). ${kept}`;
}
