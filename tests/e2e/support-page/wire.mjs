/** A subscriber that is no page: it keeps the bytes of the stream, to see what a fault did to them. */

import { request } from 'node:http';

const QUERY = 'subscription { messages { id author text sentAt } }';

/** Resolves when the stream is open; `broken` resolves with all its text when it has ended in whatever way. */
export function listenRaw(t, graphql) {
  return new Promise((resolve, reject) => {
    const url = `${graphql}?query=${encodeURIComponent(QUERY)}`;
    const stream = request(url, { headers: { accept: 'text/event-stream' }, agent: false });
    t.after(() => stream.destroy());
    stream.on('error', reject);
    stream.on('response', (response) => {
      let text = '';
      const broken = new Promise((told) => {
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        response.on('error', () => {});
        response.on('close', () => told({ text, complete: response.complete }));
      });
      resolve({ broken });
    });
    stream.end();
  });
}
