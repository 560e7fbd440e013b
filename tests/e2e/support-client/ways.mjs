/** The ways a client gets to its server, with what it takes to go that way and no other. */

export const WAYS = [
  { way: 'eventsource', transport: 'eventsource', options: { method: 'GET', transports: ['eventsource'] } },
  { way: 'fetch by POST', transport: 'fetch', options: { method: 'POST' } },
  { way: 'fetch by GET', transport: 'fetch', options: { method: 'GET', transports: ['fetch'] } },
];

export const TICKS = 'subscription { ticks(everyMs: 5) { n } }';
export const SUBSCRIPTION = 'subscription { n }';
export const result = (n) => ({ data: { n } });
