/** This package by WebSocket. */

import { connect } from './lifeline.js';
import { subscribed } from './sink.js';

export async function subscribeAll({ url, socketUrl }, tallies) {
  const client = connect({ url }, { transports: ['websocket'], websocket: { url: socketUrl } });
  await Promise.all(tallies.map((tally) => subscribed(client, tally)));
  client.dispose();
}
