/** The DevTools protocol, raw: nothing between the browser and the clock. */

import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

const READY_MS = 30_000;

/** A connection to a browser; `session(id)` speaks to one of its targets. */
export class Cdp {
  #socket;
  #next = 0;
  #waiting = new Map();

  static async connect(url) {
    const cdp = new Cdp();
    cdp.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1 << 30 });
    cdp.#socket.on('message', (data) => cdp.#take(JSON.parse(String(data))));
    cdp.#socket.on('close', () => cdp.#end());
    await new Promise((resolve, reject) => cdp.#socket.once('open', resolve).once('error', reject));
    return cdp;
  }

  /** Calls a method; what it answers. */
  send(method, params = {}, sessionId = undefined) {
    const id = (this.#next += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, method });
      this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  /** Opens a page and waits until it is loaded and `ready` holds. */
  async open(url, ready) {
    const { targetId } = await this.send('Target.createTarget', { url, newWindow: true });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, targetId, sessionId);
    await page.become(ready);
    return page;
  }

  close() {
    this.#socket.close();
  }

  #take({ id, result, error }) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return; // an event
    this.#waiting.delete(id);
    if (error) waiting.reject(new Error(`${waiting.method}: ${error.message}`));
    else waiting.resolve(result);
  }

  #end() {
    for (const { reject, method } of this.#waiting.values()) reject(new Error(`${method}: the browser has closed the connection.`));
    this.#waiting.clear();
  }
}

class Page {
  constructor(cdp, targetId, sessionId) {
    Object.assign(this, { cdp, targetId, sessionId });
  }

  send(method, params) {
    return this.cdp.send(method, params, this.sessionId);
  }

  /** Evaluates an expression, waits for its promise; the value. */
  async call(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until an expression is true, also while the page is still on its way to its address. */
  async become(ready) {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      if (await this.call(`Boolean(${ready})`).catch(() => false)) return;
      if (Date.now() > deadline) throw new Error(`\`${ready}\` does not hold after ${READY_MS / 1_000} s.`);
      await sleep(20);
    }
  }

  close() {
    return this.cdp.send('Target.closeTarget', { targetId: this.targetId });
  }
}
