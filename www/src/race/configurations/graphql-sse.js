/** Messages by graphql-sse, with its defaults: retries are its own. */

import { createClient } from 'graphql-sse';

const MESSAGES = 'subscription { messages { id author text sentAt } }';

/**
 * @param {import('graphql-sse').Sink<any>} sink
 * @param {Partial<import('graphql-sse').ClientOptions>} [more] further options
 */
export function subscribe(sink, more) {
  const client = createClient({ url: '/graphql', ...more });
  client.subscribe({ query: MESSAGES }, sink);
  return () => client.dispose();
}
