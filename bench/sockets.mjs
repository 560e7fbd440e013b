/** WebSocket: the same number of results for one subscription, and for a thousand on one socket. */

import { run } from './rounds.mjs';
import { expectedOf } from './socket.mjs';

const CLIENTS = ['websocket', 'lifeline-websocket', 'graphql-ws'];
export const SUBSCRIPTIONS = [1, 10, 100, 1_000];
const TOTAL = 50_000;
const QUICK_TOTAL = 2_000;
const SIZE = 150;

/** By the number of subscriptions, how many results there were, and the samples of each client. */
export async function measureSockets(field, server, { quick, rounds, note }) {
  const total = quick ? QUICK_TOTAL : TOTAL;
  const groups = SUBSCRIPTIONS.map((subscriptions) => group(server, { subscriptions, total, size: SIZE }));
  await run(field, groups.flatMap(({ cases }) => cases), { rounds, note: (text) => note(`sockets, ${text}`) });
  return Object.fromEntries(groups.map(({ subscriptions, cases }) => [subscriptions, { count: total, clients: Object.fromEntries(cases.map(({ client, samples }) => [client, samples])) }]));
}

function group(server, wanted) {
  const { subscriptions } = wanted;
  const job = { ...server.socket(wanted), subscriptions };
  const expected = expectedOf(wanted);
  return { subscriptions, cases: CLIENTS.map((client) => ({ client, call: 'readSocket', job, expected, label: `${subscriptions} subscriptions` })) };
}
