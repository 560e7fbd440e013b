/** What a page has asked and heard: a test that holds its clock must not outrun what is still on its way. */

import { eventually } from '../../e2e/support/eventually.mjs';
import { withClock } from './life.mjs';

/** `prepare` of a page whose clock the test holds, and whose traffic is counted. */
export async function withClockAndEars(page) {
  await withClock(page);
  await page.addInitScript(listen);
}

/** Until every request is answered; of a connection that is `well`, each ping too, and more of its stream has come than `before`. */
export function arrived(page, well, before) {
  return eventually(() => heard(page), ({ requests, pings, pieces }) => {
    if (requests > 0) return false;
    return !well || (pings === 0 && (well !== 'fetch' || pieces > before.pieces));
  });
}

export function heard(page) {
  return page.evaluate(() => globalThis.heard);
}

/** Runs in the page, before anything of its own: requests and pings that have no answer yet, and pieces of streams. */
function listen() {
  const heard = (globalThis.heard = { requests: 0, pings: 0, pieces: 0 });
  const { fetch, WebSocket, ReadableStreamDefaultReader } = globalThis;

  globalThis.fetch = async (...request) => {
    heard.requests += 1;
    try {
      const response = await fetch(...request);
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) await response.clone().arrayBuffer();
      return response;
    } finally {
      heard.requests -= 1;
    }
  };

  const { read } = ReadableStreamDefaultReader.prototype;
  ReadableStreamDefaultReader.prototype.read = function (...options) {
    return read.apply(this, options).finally(() => (heard.pieces += 1));
  };

  const is = (type, data) => typeof data === 'string' && data.startsWith(`{"type":"${type}"`);
  globalThis.WebSocket = class extends WebSocket {
    constructor(...where) {
      super(...where);
      this.addEventListener('message', ({ data }) => (heard.pings -= is('pong', data)));
    }

    send(data) {
      heard.pings += is('ping', data);
      super.send(data);
    }
  };
}
