/** The one place for trouble that the reader should know of and can do something about. */

import { isLifelineError } from 'graphql-lifeline';
import { byId, setText } from './dom.js';
import { technical } from './technical.js';

export class Notice {
  readonly #box = byId('notice', HTMLElement);
  readonly #title = byId('notice-title', HTMLElement);
  readonly #text = byId('notice-text', HTMLElement);

  show(title: string, text: string): void {
    this.#box.hidden = false;
    setText(this.#title, title);
    setText(this.#text, text);
  }

  hide(): void {
    this.#box.hidden = true;
  }

  /** `createClient` threw. */
  cannotStart(error: unknown): void {
    if (isLifelineError(error) && error.code === 'wasm-unavailable') {
      this.show(
        'WebAssembly is not allowed here, so the chat cannot connect.',
        "The client is WebAssembly. If this is your server, add 'wasm-unsafe-eval' to script-src in its Content-Security-Policy. " +
          'If not, look whether the browser runs in a mode that forbids WebAssembly (a lockdown or high security mode) and allow it for this site.',
      );
    } else {
      this.show('The chat could not start.', `${technical(error)}. Reload the page; if that does not help, this is a bug of the page.`);
    }
  }

  /** A view's script did not come. */
  cannotShow(error: unknown): void {
    this.show('The view could not be loaded.', `${technical(error)}. Reload the page to try it again.`);
  }

  /** Attempts fail again and again. */
  serverAway(): void {
    this.show(
      'The chat server does not answer.',
      'The page goes on trying, and loads what it missed once the server is back. ' +
        'If it is yours, look whether it runs: cargo run -p lifeline-server -- --static www/dist',
    );
  }

  /** The subscription is over. */
  ended(error: unknown): void {
    if (error === undefined) {
      this.show('The server has ended the conversation.', 'Press “Connect again” to come back.');
    } else {
      this.show('The connection ended and is not tried again.', `${technical(error)}. Press “Connect again” to begin anew.`);
    }
  }
}
