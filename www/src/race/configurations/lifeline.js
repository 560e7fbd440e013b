/** Messages by graphql-lifeline: a ladder of fetch and WebSocket, and a backfill for what was missed. */

import { createClient } from 'graphql-lifeline';

const MESSAGES = 'subscription { messages { id author text sentAt } }';
const HISTORY = 'query ($after: Int, $last: Int) { history(after: $after, last: $last) { id author text sentAt } }';
const PAGE = 200;

/**
 * @param {number} newest the id of the newest message that is there already
 * @param {import('graphql-lifeline').Sink<any>} sink
 * @param {Pick<import('graphql-lifeline').SubscribeOptions, 'gap' | 'state'>} [listeners]
 * @param {Partial<import('graphql-lifeline').ClientOptions>} [more] further options
 */
export function subscribe(newest, sink, listeners, more) {
  const client = createClient({
    url: '/graphql',
    transports: ['fetch', 'websocket'],
    websocket: { url: '/graphql' },
    ...more,
  });
  client.subscribe({ query: MESSAGES }, sink, {
    continuity: {
      key: 'messages.id',
      startAfter: String(newest),
      auditMs: 5000, // finds what a stream has left out without a sign
      backfill: ({ lastKey }, { execute }) => behind(Number(lastKey ?? newest), execute),
    },
    ...listeners,
  });
  return () => client.dispose();
}

/**
 * Page by page, as the subscription would have brought them.
 * @param {number} after
 * @param {import('graphql-lifeline').Client['execute']} execute
 */
async function behind(after, execute) {
  const results = [];
  for (;;) {
    /** @type {any} */
    const { data } = await execute({ query: HISTORY, variables: { after, last: PAGE } });
    for (const message of data.history) results.push({ data: { messages: message } });
    if (data.history.length < PAGE) return results;
    after = data.history.at(-1).id;
  }
}
