/** Servers of GraphQL as people run them, with as few options as they take, until the test is over. */

import Fastify from 'fastify';
import { createHandler } from 'graphql-sse/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import mercurius from 'mercurius';
import { WebSocketServer } from 'ws';
import { listen } from './http.mjs';

const HOST = '127.0.0.1';

/** graphql-yoga, which streams; its URL. */
export function serveYoga(t, schema) {
  return listen(t, createYoga({ schema, logging: false, graphqlEndpoint: '/graphql', context: { way: 'stream' } }));
}

/** graphql-sse's own handler; its URL. */
export function serveGraphqlSse(t, schema) {
  return listen(t, createHandler({ schema, context: { way: 'stream' } }));
}

/** graphql-ws on a port of its own, where ws answers plain HTTP with 426; its URL, and how many sockets there have been. */
export async function serveSocket(t, schema) {
  const server = new WebSocketServer({ host: HOST, port: 0, path: '/graphql' });
  const served = { sockets: 0 };
  server.on('connection', () => (served.sockets += 1));
  useServer({ schema, context: () => ({ way: 'socket' }) }, server);
  await new Promise((resolve, reject) => server.once('error', reject).once('listening', resolve));
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  served.url = `http://${HOST}:${server.address().port}/graphql`;
  return served;
}

/** mercurius, which streams over its socket alone; its URL, and how many requests came by HTTP. */
export async function serveMercurius(t, schema) {
  const app = Fastify({ forceCloseConnections: true });
  const served = { requests: 0 };
  app.addHook('onRequest', async ({ headers }) => {
    if (headers.upgrade === undefined) served.requests += 1;
  });
  app.register(mercurius, { schema, subscription: { context: () => ({ way: 'socket' }) } });
  t.after(() => app.close());
  served.url = `${await app.listen({ host: HOST, port: 0 })}/graphql`;
  return served;
}
