/**
 * A window of Chromium that its driver does not keep awake: it is really hidden when it is minimised, and
 * can be frozen. Playwright has every page of its own believe that it is looked at, so that these are none
 * of its pages; they have as much of a page as the lab needs.
 */

import assert from 'node:assert/strict';

/** In place of `newContext`: contexts of such windows. They close with the context that they take the place of. */
export function realWindows(newContext) {
  return async () => {
    const context = await newContext();
    const session = await context.browser().newBrowserCDPSession();
    const { browserContextId } = await session.send('Target.createBrowserContext', { disposeOnDetach: true });
    context.once('close', () => void session.detach().catch(() => {}));
    return { newPage: () => Window.open(session, browserContextId) };
  };
}

class Window {
  #session;
  #target;
  #sessionId;
  #commands = 0;
  #waiting = new Map();
  #listeners = { console: [], pageerror: [] };

  static async open(session, browserContextId) {
    const window = new Window();
    window.#session = session;
    session.on('Target.receivedMessageFromTarget', (message) => window.#hear(message));
    const { targetId } = await session.send('Target.createTarget', { url: 'about:blank', browserContextId, newWindow: true });
    window.#target = targetId;
    ({ sessionId: window.#sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false }));
    await window.send('Runtime.enable');
    return window;
  }

  async goto(url) {
    const { errorText } = await this.send('Page.navigate', { url });
    assert.equal(errorText, undefined);
  }

  /** As Playwright's, for values that JSON knows. */
  async evaluate(body, argument) {
    const expression = `(${body})(${JSON.stringify(argument) ?? ''})`;
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  on(event, listener) {
    this.#listeners[event].push(listener);
  }

  hide() {
    return this.#bounds('minimized');
  }

  show() {
    return this.#bounds('normal');
  }

  /** Only what is hidden can be frozen. */
  freeze() {
    return this.send('Page.setWebLifecycleState', { state: 'frozen' });
  }

  thaw() {
    return this.send('Page.setWebLifecycleState', { state: 'active' });
  }

  async #bounds(windowState) {
    const { windowId } = await this.#session.send('Browser.getWindowForTarget', { targetId: this.#target });
    await this.#session.send('Browser.setWindowBounds', { windowId, bounds: { windowState } });
  }

  send(method, params = {}) {
    const id = (this.#commands += 1);
    const message = JSON.stringify({ id, method, params });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#session.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message }).catch(reject);
    });
  }

  #hear({ sessionId, message }) {
    if (sessionId !== this.#sessionId) return;
    const { id, result, error, method, params } = JSON.parse(message);
    if (id !== undefined) {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    } else if (method === 'Runtime.consoleAPICalled') {
      const text = params.args.map(({ value, description }) => value ?? description).join(' ');
      for (const listener of this.#listeners.console) listener({ type: () => params.type, text: () => text });
    } else if (method === 'Runtime.exceptionThrown') {
      const { exception, text } = params.exceptionDetails;
      for (const listener of this.#listeners.pageerror) listener(new Error(exception?.description ?? text));
    }
  }
}
