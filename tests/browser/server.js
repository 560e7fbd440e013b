/** What the browser tests ask of the server besides GraphQL, and of values and time. */

/** How many event streams are open now. */
export const liveStreams = async (server) => (await stats(server)).sse.live;

/** How many event streams were opened since the last reset. */
export const openedStreams = async (server) => (await stats(server)).sse.opened;

/** How many requests came to /graphql since the last reset. */
export const requests = async (server) => (await stats(server)).http.requests;

async function stats(server) {
  const response = await fetch(`${server}/stats`);
  return response.json();
}

/** Orders a fault. */
export async function fault(server, order) {
  const response = await fetch(`${server}/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: order });
  if (!response.ok) throw new Error(await response.text());
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const now = () => performance.now();

/** A value inside another, by the path to it. */
export const at = (value, path) => path.split('.').reduce((inner, key) => inner?.[key], value);

export const parse = (json) => JSON.parse(json);
