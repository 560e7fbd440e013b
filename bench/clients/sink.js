/** What clients with graphql-sse's interface have in common. */

export const REQUEST = { query: 'subscription { message { id text } }' };

/** Subscribes, adds up the results, resolves when it is complete. */
export function subscribed(client, tally) {
  return new Promise((resolve, reject) => {
    client.subscribe(REQUEST, { next: (result) => tally.add(result), error: reject, complete: resolve });
  });
}
