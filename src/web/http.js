/** Requests by fetch: their heads, their bodies, and streams that are reserved. It decides nothing, like shell.js. */

import { END, FAILED, HEAD, OPEN } from './news.js';
import { ACCEPTED, JSON_ANSWER, withSearch } from './request.js';
import { SLICE, TURN, nextTurn } from './turn.js';

/** Some servers compare it letter by letter. */
const STREAM = 'text/event-stream';
const ANSWER = 'application/graphql-response+json, application/json;q=0.9';
const NOTHING = () => {};

/** GraphQL over SSE: what a reserved stream is known by. */
const TOKEN = 'x-graphql-event-stream-token';

export function openFetch(shell, connection, url, headers, get, lastEventId) {
  const { op, number, want } = connection;
  const { sent, body, parameters } = shell.encoded(connection);
  const operationId = `${op}-${number}`;
  const own = {
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    ...(!get && { 'content-type': 'application/json; charset=utf-8' }),
    ...(want === ACCEPTED ? { [TOKEN]: shell.reserved.token } : { accept: want === JSON_ANSWER ? ANSWER : STREAM }),
  };
  shell.sent(connection);
  ask(shell, connection, get ? withSearch(url, parameters) : url, {
    method: get ? 'GET' : 'POST',
    headers: { ...headers, ...own },
    ...(!get && { body: want === ACCEPTED ? JSON.stringify({ ...sent, extensions: { ...sent.extensions, operationId } }) : body }),
  });
}

/** GraphQL over SSE, single connection mode: reserves a stream, and opens it. */
export async function reserve(shell, connection, url, headers) {
  const { op, number } = connection;
  const reserved = await send(shell, connection, url, { method: 'PUT', headers });
  if (reserved?.status !== 201) {
    if (reserved) tellHead(shell, connection, reserved);
    return;
  }
  try {
    const token = await reserved.text();
    if (!shell.running(connection)) return;
    Object.assign(connection, { token, url, headers });
    shell.reserved = connection;
    shell.tell(OPEN, op, number);
  } catch (reason) {
    shell.tell(FAILED, op, number, reason);
    return;
  }
  ask(shell, connection, url, { method: 'GET', headers: { ...headers, [TOKEN]: connection.token, accept: STREAM } });
}

/** Tells the server that an operation on the reserved stream is over. */
export async function stop(shell, op, number) {
  const { token, url, headers } = shell.reserved;
  try {
    const { fetch } = shell;
    await fetch(withSearch(url, `operationId=${op}-${number}`), init(shell, shell.lifetime, { method: 'DELETE', headers: { ...headers, [TOKEN]: token } }));
  } catch {
    // it ends with the stream
  }
}

/** Sends a request, and tells the head of its answer. */
async function ask(shell, connection, url, init) {
  const response = await send(shell, connection, url, init);
  if (response) tellHead(shell, connection, response);
}

function tellHead(shell, connection, response) {
  const header = (name) => response.headers.get(name) ?? undefined;
  connection.response = response;
  shell.tell(HEAD, connection.op, connection.number, undefined, header('content-type'), response.status, waitOf(header('retry-after')));
}

/** The answer, if the attempt is not over by then; a failure is told. */
async function send(shell, connection, url, more) {
  try {
    const { fetch } = shell; // its `this` must not be the shell
    const response = await fetch(url, init(shell, connection.abort, more));
    return shell.running(connection) ? response : undefined;
  } catch (reason) {
    shell.tell(FAILED, connection.op, connection.number, reason);
    return undefined;
  }
}

function init({ options }, { signal }, more) {
  const { credentials = 'same-origin', referrer, referrerPolicy } = options;
  return {
    ...more,
    signal,
    credentials,
    cache: 'no-store', // HTML: an event stream is never taken from a cache
    ...(referrer !== undefined && { referrer }),
    ...(referrerPolicy !== undefined && { referrerPolicy }),
  };
}

/** Reads the body, or a copy of it: the response is the application's then, unread. */
export async function read(shell, op, number, keep) {
  const connection = shell.get(op, number);
  if (!connection) return;
  const { response } = connection;
  try {
    const { body } = keep ? response.clone() : response;
    const reader = body && (connection.reader = readerOf(body));
    let busyMs = 0;
    while (reader) {
      const { done, value } = await reader.read();
      if (!shell.running(connection)) return;
      if (done) break;
      // not instanceof: test environments have several realms
      if (!ArrayBuffer.isView(value)) throw new TypeError('the response body must consist of bytes');
      for (let at = 0; at < value.length; at += SLICE) {
        const began = performance.now();
        shell.inbox.bytes(op, number, value.subarray(at, at + SLICE));
        busyMs += performance.now() - began;
        if (busyMs > TURN) {
          await nextTurn();
          busyMs = 0;
        }
        if (!shell.running(connection)) return;
      }
    }
    shell.tell(END, op, number);
  } catch (reason) {
    shell.tell(FAILED, op, number, reason);
  }
}

/** A web stream, or an async iterable (Node streams). */
function readerOf(body) {
  if (typeof body.getReader === 'function') return body.getReader();
  const iterator = body[Symbol.asyncIterator]();
  return { read: () => iterator.next(), cancel: () => iterator.return?.() };
}

/** Nothing more is read from it. */
export function cancel(reader) {
  try {
    // it may be rejected, which is of no interest any more
    Promise.resolve(reader?.cancel()).catch(NOTHING);
  } catch {
    // nor is a stream of the application's own that throws
  }
}

/** HTTP: Retry-After is a number of seconds or a date. In milliseconds from now. */
function waitOf(retryAfter) {
  if (retryAfter === undefined) return undefined;
  const wait = /^\d+$/.test(retryAfter) ? retryAfter * 1000 : Date.parse(retryAfter) - Date.now();
  return wait >= 0 ? wait : undefined;
}
