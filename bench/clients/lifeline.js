/** This package by fetch: default options, and keys. */

import { createClient } from '../../dist/index.js';
import { subscribed } from './sink.js';

/** With all that comes between: dialect, keys, watchdog, counters. */
const KEYS = { continuity: { key: 'message.id' } };

export function connect({ url, fetch }, options) {
  return createClient({ url, ...KEYS, ...(fetch && { fetchFn: fetch }), ...options });
}

export function run(job, tally) {
  return listen(connect(job), tally);
}

/** Resolves when it is complete. A gap is a failure: nothing is lost here. */
export async function listen(client, tally) {
  try {
    let onGap;
    const gap = new Promise((_, reject) => (onGap = ({ reason }) => reject(new Error(`a gap: ${reason}`))));
    client.on('gap', onGap);
    await Promise.race([subscribed(client, tally), gap]);
  } finally {
    client.dispose();
  }
}
