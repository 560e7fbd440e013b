/** https://github.com/enisdenjo/graphql-sse */

import { createClient } from 'graphql-sse';
import { subscribed } from './sink.js';

export function connect({ url, fetch }) {
  return createClient({ url, retryAttempts: 0, fetchFn: fetch });
}

export async function run(job, tally) {
  const client = connect(job);
  await subscribed(client, tally);
  client.dispose();
}
