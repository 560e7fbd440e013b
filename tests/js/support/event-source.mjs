/** An EventSource that is made up. */

import { Recorder } from './notices.mjs';
import { connect, SUBSCRIPTION } from './ours.mjs';

/** A client on an EventSource that says what it is told to: its events come as a browser would hand them over. */
export async function open(t, options) {
  const before = globalThis.EventSource;
  t.after(() => (globalThis.EventSource = before));
  const opened = new Promise((resolve) => {
    globalThis.EventSource = class extends EventTarget {
      constructor() {
        super();
        resolve(this);
      }

      say(name, data) {
        this.dispatchEvent(new MessageEvent(name, { data: typeof data === 'string' ? data : JSON.stringify(data) }));
      }

      close() {
        this.isClosed = true;
      }
    };
  });
  const client = connect(t, 'http://localhost/graphql', { method: 'GET', transports: ['eventsource'], ...options });
  const sink = new Recorder();
  const dispose = client.subscribe(SUBSCRIPTION, sink);
  const source = await opened;
  source.dispatchEvent(new Event('open'));
  return { client, sink, source, dispose };
}
