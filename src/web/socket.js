/** The socket that all operations share, and one for a suspect: opening it, and what is sent on it. It decides nothing, like shell.js. */

import { REASONS, tellLifetime } from './application.js';
import { CLOSED, EVENT, FAILED, OPEN, UNPREPARED } from './news.js';

/** What is sent; src/web/driver.rs has the same numbers. Below these are greetings, by their reasons. */
const PING = 3;
const PONG = 4;
const SUBSCRIBE = 5;

/** Among a shell's connections it is that of operation 0. */
export async function openSocket(shell, number) {
  const connection = { op: 0, number, abort: new shell.Abort(), socket: undefined };
  shell.keep((shell.socket = connection));
  let { url } = shell.options.websocket;
  try {
    if (typeof url === 'function') url = await url();
    if (typeof url !== 'string') throw new TypeError('websocket.url() must return a string');
  } catch (reason) {
    tell(shell, connection, UNPREPARED, reason);
    return;
  }
  if (shell.running(connection)) connect(shell, connection, url);
}

function connect(shell, connection, url) {
  try {
    const address = new URL(url, globalThis.location?.href);
    address.protocol = address.protocol.replace('http', 'ws'); // older browsers want it so
    const { webSocketImpl: Socket = globalThis.WebSocket } = shell.options.websocket;
    const socket = new Socket(address.href, 'graphql-transport-ws');
    let wasOpen = false;
    connection.socket = socket;
    shell.sent(connection);
    socket.onopen = () => {
      wasOpen = true;
      tell(shell, connection, OPEN);
    };
    socket.onmessage = ({ data }) => tell(shell, connection, EVENT, data, 0, data.length);
    // `error` tells nothing, and this follows it
    socket.onerror = () => {}; // in Node, ws ends the process over one that nobody listens to
    socket.onclose = ({ code, reason }) => tell(shell, connection, wasOpen ? CLOSED : FAILED, undefined, code, undefined, reason);
  } catch (reason) {
    tell(shell, connection, FAILED, reason);
  }
}

function tell(shell, connection, kind, value, code, length, text) {
  if (shell.running(connection)) shell.tell(kind, 0, connection.number, value, text, code, length);
}

/** Sends a message of graphql-transport-ws. */
export async function sendFrame(shell, number, frame, op, attempt) {
  const connection = shell.get(0, number);
  const id = `${op}-${attempt}`;
  let message;
  if (frame === PING) message = '{"type":"ping"}';
  else if (frame === PONG) message = '{"type":"pong"}';
  else if (frame === SUBSCRIBE) message = `{"id":"${id}","type":"subscribe","payload":${shell.requests.get(op).body}}`;
  else if (frame > SUBSCRIBE) message = `{"id":"${id}","type":"complete"}`;
  else message = await greeting(shell, connection, REASONS[frame] ?? 'unauthorized');
  if (!message || !shell.running(connection)) return;
  // one that is closing drops it in silence
  connection.socket.send(message);
  if (frame < PING) shell.sent(connection);
}

async function greeting(shell, connection, reason) {
  let { connectionParams: payload } = shell.options.websocket;
  try {
    const { number: attempt, abort } = connection;
    if (typeof payload === 'function') payload = await payload({ attempt, reason, signal: abort.signal });
    tellLifetime(shell, connection);
    return JSON.stringify({ type: 'connection_init', payload });
  } catch (reason) {
    tell(shell, connection, UNPREPARED, reason);
    return undefined;
  }
}
