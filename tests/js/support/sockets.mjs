/** Real WebSocket servers on the loopback: graphql-ws, or one that does what a test tells it. */

import { createServer } from 'node:http';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { Notices } from './notices.mjs';

// Node 20 has none of its own.
globalThis.WebSocket ??= WebSocket;

/** One socket, seen from the server; `send` methods are for the test. */
class Peer extends Notices {
  received = [];
  closed = undefined;

  constructor(socket, request) {
    super();
    Object.assign(this, { socket, protocol: socket.protocol, headers: request.headers });
    socket.on('error', () => {});
    socket.on('message', (data) => {
      this.received.push(JSON.parse(data.toString()));
      this.changed();
    });
    socket.on('close', (code) => {
      this.closed = code;
      this.changed();
    });
  }

  send(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return this;
  }

  /** Resolves with the message of this type number n, from 0. */
  message(type, n = 0) {
    return this.until(() => this.received.filter((it) => it.type === type)[n]);
  }

  async acknowledge() {
    await this.message('connection_init');
    return this.send({ type: 'connection_ack' });
  }

  gone() {
    return this.until(() => this.closed);
  }
}

/** Starts a bare server; `handle` gets each peer, and its number from 0. HTTP requests get 503. */
export async function serveSockets(t, handle = () => {}) {
  const peers = new (class extends Notices {
    list = [];
    peer(n) {
      return this.until(() => this.list[n]);
    }
  })();
  peers.url = await listen(t, (socket, request) => {
    const peer = new Peer(socket, request);
    peers.list.push(peer);
    handle(peer, peers.list.length - 1);
    peers.changed();
  });
  return peers;
}

/** Starts graphql-ws with these options; `sockets` are those that are open. */
export async function serveGraphqlWs(t, options) {
  let server;
  const url = await listen(t, undefined, (sockets) => {
    server = sockets;
    useServer(options, sockets);
  });
  return { url, sockets: server.clients };
}

async function listen(t, onSocket, prepare = () => {}) {
  const http = createServer((request, response) => response.writeHead(503).end());
  const sockets = new WebSocketServer({ server: http, path: '/graphql', handleProtocols: (offered) => [...offered][0] });
  if (onSocket) sockets.on('connection', onSocket);
  prepare(sockets);
  await new Promise((resolve, reject) => http.once('error', reject).listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  return `http://127.0.0.1:${http.address().port}/graphql`;
}
