/** https://github.com/enisdenjo/graphql-ws */

import { createClient } from 'graphql-ws';
import { subscribed } from './sink.js';

export async function subscribeAll({ socketUrl }, tallies) {
  const client = createClient({ url: socketUrl, retryAttempts: 0 });
  await Promise.all(tallies.map((tally) => subscribed(client, tally)));
  await client.dispose();
}
