/**
 * Servers of GraphQL as people run them, with as few options as they take, until the test is over. They have answered
 * a query before: what a server takes for its very first one is nothing that a client could help.
 */

import assert from 'node:assert/strict';
import Fastify from 'fastify';
import { createHandler } from 'graphql-sse/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { createYoga } from 'graphql-yoga';
import mercurius from 'mercurius';
import { WebSocketServer } from 'ws';
import { listen } from './http.mjs';

const HOST = '127.0.0.1';

/** graphql-yoga, which streams; its URL. */
export async function serveYoga(t, schema) {
  return warm(await listen(t, createYoga({ schema, logging: false, graphqlEndpoint: '/graphql', context: { way: 'stream' } })));
}

/** graphql-sse's own handler; its URL. */
export async function serveGraphqlSse(t, schema) {
  return warm(await listen(t, createHandler({ schema, context: { way: 'stream' } })));
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
  served.url = await warm(`${await app.listen({ host: HOST, port: 0 })}/graphql`);
  served.requests = 0;
  return served;
}

/** The same URL, once a query has been answered there. */
async function warm(url) {
  const answer = await fetch(`${url}?query=%7Bhello%7D`, { headers: { accept: 'text/event-stream' } });
  assert.match(await answer.text(), /Hello/);
  return url;
}
