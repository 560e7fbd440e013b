/**
 * The server of the benchmark: server.mjs FOLDER. On loopback, in a process of its own. Event streams come from
 * finished buffers, the same bytes whatever asks and however; the page's files come from FOLDER. It ends when its
 * parent does.
 *
 *     GET  /                                a page
 *     POST /prepare/NAME?quick=1            makes a workload; what a client must have seen of it
 *     any  /stream/NAME?quick=1             the workload as an event stream
 *     WS   /socket                          graphql-transport-ws; see socket.mjs
 */

import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { Sockets } from './socket.mjs';
import { stream, workload } from './workloads.mjs';

const [folder] = process.argv.slice(2);
const PIECE = 256 * 1_024;
const PAGE = '<!doctype html><meta charset="utf-8"><title>bench</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

/** The last two workloads: what is measured, and what clients warm up with in between. */
const made = new Map();
const KEPT = 2;
const sockets = new Sockets();

function make(name, quick) {
  const key = `${name} ${quick}`;
  const found = made.get(key) ?? stream(workload(name, quick));
  made.delete(key);
  made.set(key, found); // the newest is the last
  for (const oldest of made.keys()) if (made.size > KEPT) made.delete(oldest);
  return found;
}

function send(response, bytes) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  Readable.from(pieces(bytes)).pipe(response);
}

function* pieces(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function sendFile(response, name) {
  const path = join(folder, basename(name));
  if (!existsSync(path)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'text/javascript' });
  createReadStream(path).pipe(response);
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => response.writableEnded || response.writeHead(500).end(error.stack));
});

async function answer(request, response) {
  request.resume();
  const { pathname, searchParams } = new URL(request.url, 'http://127.0.0.1');
  const [, what, name] = pathname.split('/');
  const quick = searchParams.has('quick');
  const json = (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  if (what === '') return response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
  if (what === 'stream') return send(response, make(name, quick).bytes);
  if (what === 'prepare') {
    const { bytes, count, hash } = make(name, quick);
    return json({ bytes: bytes.length, count, hash });
  }
  if (what === 'ready') return json(await sockets.ready(Object.fromEntries([...searchParams].map(([key, value]) => [key, Number(value)]))));
  if (what === 'go') return json(sockets.go());
  return sendFile(response, pathname);
}

server.on('upgrade', (request, socket, head) => sockets.accept(request, socket, head));
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
process.on('disconnect', () => process.exit());
