/** Real HTTP servers on the loopback that do what a test tells them. */

import { createServer } from 'node:http';
import { freePort } from '../../../scripts/lib/port.mjs';
import { Notices } from './notices.mjs';

const STREAM = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/** One request. `respond` methods are for the test's handler. */
class Exchange extends Notices {
  /** Has the client gone? */
  closed = false;

  constructor(request, response, body) {
    super();
    Object.assign(this, { method: request.method, url: request.url, headers: request.headers, body, response });
    response.on('error', () => {});
    response.on('close', () => {
      this.closed = true;
      this.changed();
    });
  }

  get json() {
    return JSON.parse(this.body);
  }

  /** Opens an event stream: headers, and a comment. */
  stream() {
    this.response.writeHead(200, STREAM);
    this.response.write(':\n\n');
    return this;
  }

  write(text) {
    this.response.write(text);
    return this;
  }

  next(data) {
    return this.write(event('next', JSON.stringify(data)));
  }

  complete() {
    this.response.end(event('complete', ''));
  }

  /** The body ends as it should, whatever is missing in it. */
  end() {
    this.response.end();
  }

  /** What was written goes out, then the connection is reset. */
  cut() {
    this.response.write('', () => this.response.socket?.resetAndDestroy());
  }

  answer(status, headers = {}, body = '') {
    this.response.writeHead(status, headers).end(body);
  }

  json200(value) {
    this.answer(200, { 'content-type': 'application/json' }, JSON.stringify(value));
  }

  gone() {
    return this.until(() => this.closed);
  }
}

/** An event as it is on the wire. */
export function event(name, data) {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** A server whose requests can be waited for. */
class Served extends Notices {
  exchanges = [];

  /** Resolves with the request number n, from 0. */
  exchange(n) {
    return this.until(() => this.exchanges[n]);
  }
}

/** Starts a server; `handle` gets each exchange, with its body read, and its number from 0. */
export async function serve(t, handle) {
  const served = new Served();
  served.url = await listen(t, async (request, response) => {
    const exchange = new Exchange(request, response, await bodyOf(request));
    served.exchanges.push(exchange);
    handle(exchange, served.exchanges.length - 1);
    served.changed();
  });
  return served;
}

/** Serves a node:http listener until the test is over; its address. */
export async function listen(t, listener) {
  const server = createServer((request, response) => {
    // an aborted request rejects in here, and that is what many tests do
    Promise.resolve(listener(request, response)).catch(() => response.destroy());
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${server.address().port}/graphql`;
}

/** An address where nobody listens. */
export async function nobody() {
  return `http://127.0.0.1:${await freePort()}/graphql`;
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
