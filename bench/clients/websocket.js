/** WebSocket's LIMIT: a socket, JSON.parse, and a table of subscriptions. */

import { REQUEST } from './sink.js';

export function subscribeAll({ socketUrl }, tallies) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(socketUrl, 'graphql-transport-ws');
    const running = new Map(tallies.map((tally, n) => [String(n), tally]));
    const send = (message) => socket.send(JSON.stringify(message));
    const handle = {
      connection_ack() {
        for (const id of running.keys()) send({ id, type: 'subscribe', payload: REQUEST });
      },
      next: ({ id, payload }) => running.get(id).add(payload),
      complete({ id }) {
        running.delete(id);
        if (running.size > 0) return;
        socket.close();
        resolve();
      },
    };
    socket.onopen = () => send({ type: 'connection_init' });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      handle[message.type](message);
    };
    socket.onclose = () => reject(new Error('the socket was closed'));
  });
}
