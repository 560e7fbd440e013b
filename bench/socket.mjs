/**
 * graphql-transport-ws, as far as the benchmark needs it: takes subscriptions, and sends the results of all of them as
 * frames that were finished before. One socket counts at a time, the newest.
 */

import { Sender, WebSocketServer } from 'ws';
import { sum, Tally } from './tally.js';
import { results } from './workloads.mjs';

const READY_MS = 30_000;

export class Sockets {
  server = new WebSocketServer({ noServer: true });
  /** The newest: its stream, the subscriptions it has, the frames that it is going to be sent. */
  newest = { ids: [] };

  accept(request, stream, head) {
    stream.setNoDelay(true);
    this.server.handleUpgrade(request, stream, head, (socket) => {
      const peer = { stream, ids: [], frames: undefined };
      this.newest = peer;
      const send = (message) => socket.send(JSON.stringify(message));
      const handle = {
        connection_init: () => send({ type: 'connection_ack' }),
        ping: () => send({ type: 'pong' }),
        subscribe: ({ id }) => peer.ids.push(id),
      };
      socket.on('message', (data) => {
        const message = JSON.parse(String(data));
        handle[message.type]?.(message);
      });
    });
  }

  /** Waits for the subscriptions, and makes `total` results of `size` bytes in turn for each of them. */
  async ready({ subscriptions, total, size }) {
    const deadline = Date.now() + READY_MS;
    while (this.newest.ids.length !== subscriptions) {
      if (Date.now() > deadline) throw new Error(`${this.newest.ids.length} of ${subscriptions} subscriptions have come.`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const { ids } = this.newest;
    const result = results(size);
    const frames = [];
    for (let n = 0; n < total; n++) frames.push(...frame({ id: ids[n % ids.length], type: 'next', payload: result(n) }));
    for (const id of ids) frames.push(...frame({ id, type: 'complete' }));
    this.newest.frames = Buffer.concat(frames);
    return {};
  }

  /** Sends them. The next socket has to subscribe anew. */
  go() {
    const { stream, frames } = this.newest;
    this.newest = { ids: [] };
    stream.write(frames);
    return {};
  }
}

/** What all clients together must have seen. */
export function expectedOf({ subscriptions, total, size }) {
  const tallies = Array.from({ length: subscriptions }, () => new Tally());
  const result = results(size);
  for (let n = 0; n < total; n++) tallies[n % subscriptions].add(result(n));
  return sum(tallies);
}

function frame(message) {
  return Sender.frame(Buffer.from(JSON.stringify(message)), { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true });
}
