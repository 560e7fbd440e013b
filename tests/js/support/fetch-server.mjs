/** A handler of web standards behind Node's own server: nothing is written faster than the socket takes it. */

import { once } from 'node:events';
import { Readable } from 'node:stream';
import { listen } from './http.mjs';

/** Starts it; the URL of `/graphql` there. */
export async function serveFetch(t, handle) {
  return listen(t, async (incoming, outgoing) => {
    const leaves = new AbortController();
    outgoing.on('error', () => {});
    outgoing.on('close', () => leaves.abort());
    const hasBody = incoming.method === 'POST' || incoming.method === 'DELETE';
    const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
      method: incoming.method,
      headers: incoming.headers,
      signal: leaves.signal,
      ...(hasBody && { body: Readable.toWeb(incoming), duplex: 'half' }),
    });
    const response = await handle(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.flushHeaders();
    const reader = response.body?.getReader();
    leaves.signal.addEventListener('abort', () => reader?.cancel().catch(() => {}));
    for (let read; reader && !(read = await reader.read()).done; ) {
      if (!outgoing.write(read.value) && !leaves.signal.aborted) await Promise.race([once(outgoing, 'drain'), once(outgoing, 'close')]);
    }
    outgoing.end();
  });
}
