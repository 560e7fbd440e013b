/** EventSource: opening it, and what it has decoded. It decides nothing, like shell.js. */

import { EVENT, EVENTS, FAILED, OPEN } from './news.js';
import { withSearch } from './request.js';
import { SLICE, nextTurn } from './turn.js';

/** The unnamed event, the names of the dialects, and the connection's own news; src/web/inbox.rs has the same order. */
const LISTENED = ['open', 'error', 'message', 'next', 'complete', 'segment'];

export function openEventSource(shell, connection, url) {
  const { op, number } = connection;
  try {
    const address = withSearch(url, shell.encoded(connection).parameters);
    const source = new shell.EventSource(address, { withCredentials: shell.options.credentials === 'include' });
    connection.source = source;
    shell.sent(connection);
    // one for each name: an event's own would have to be read
    LISTENED.forEach((name, type) =>
      source.addEventListener(name, ({ data }) => {
        if (!shell.running(connection)) return;
        // Only a server's own event carries data. The connection's error says nothing more, whatever
        // readyState is then: Chromium has 0 where Firefox has 2. What follows closes the source,
        // which ends its own reconnecting.
        if (data !== undefined) take(shell, connection, type, data);
        else shell.tell(name === 'open' ? OPEN : FAILED, op, number);
      }),
    );
  } catch (reason) {
    shell.tell(FAILED, op, number, reason);
  }
}

/**
 * Takes an event that the browser has decoded. It is told at once, and those that follow before the page's next turn
 * together: each for itself goes the whole way through the module.
 */
function take(shell, connection, type, text) {
  const { batch } = shell;
  if (batch?.connection === connection && batch.type === type && batch.length < SLICE) {
    batch.texts.push(text);
    batch.length += text.length;
    return;
  }
  shell.tell(EVENT, connection.op, connection.number, text, undefined, type, text.length);
  const next = (shell.batch = { connection, type, texts: [], length: 0 });
  void nextTurn().then(() => shell.batch === next && flush(shell));
}

/** Tells what waits for the next turn: nothing overtakes it. */
export function flush(shell) {
  const { batch } = shell;
  shell.batch = undefined;
  if (!batch?.texts.length || !shell.running(batch.connection)) return;
  const { connection: { op, number }, type, texts } = batch;
  shell.inbox.news(EVENTS, op, number, texts, undefined, type, texts.length);
}
