/** The demo server's other side: it is told what to break, and says what it breaks. */

import type { Order } from './orders.js';

const ANSWER_MS = 10_000;
const SHOWN_OF_ANSWER = 300;

/** What the server says to an order; throws, in words, if it does not take it. */
export async function order(what: Order): Promise<string> {
  const response = await fetch('/faults', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
    keepalive: true, // the last order of a page that is left
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: unknown) => {
    throw new Error(`the server can't be reached (${error instanceof Error ? error.message : String(error)})`);
  });
  const text = (await response.text()).slice(0, SHOWN_OF_ANSWER);
  if (!response.ok) throw new Error(`refused (${response.status}): ${text}`);
  return text || 'done';
}

/** How many streams and sockets it has open, whoever opened them. */
export async function streams(): Promise<number> {
  const response = await fetch('/stats', { signal: AbortSignal.timeout(ANSWER_MS) });
  const { sse, ws } = (await response.json()) as { readonly sse: { readonly live: number }; readonly ws: { readonly live: number } };
  return sse.live + ws.live;
}

/**
 * The profile in force. `undefined`: this server has none, it is not the demo server.
 * Throws if it cannot be asked: then it is away, and that says nothing.
 */
export async function profile(): Promise<string | undefined> {
  const response = await fetch('/stats', { signal: AbortSignal.timeout(ANSWER_MS) });
  const stats: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  const named = typeof stats === 'object' && stats !== null && 'profile' in stats ? stats.profile : undefined;
  return typeof named === 'string' ? named : undefined;
}
