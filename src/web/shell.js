/**
 * The browser's side of the shell: connections and the timer. It decides nothing: src/web/driver.rs
 * says what to do, and hears what came of it through the inbox.
 *
 * In JavaScript because a page pays a third of the bytes for it that the same calls cost through
 * bindings, and because a promise that never settles leaves nothing behind in the module.
 */

import { prepare } from './application.js';
import { cancel, openFetch, reserve } from './http.js';
import { FLUSH, HEADERS_UNUSABLE, SENT, TICK } from './news.js';
import { RESERVED, encode, inSegments } from './request.js';
import { flush, openEventSource } from './source.js';
import { keyFunctions, keyReader } from './values.js';

/** setTimeout takes a longer wait for none at all. */
const LONGEST = 0x7fffffff;

let nextKey = 0;

export class Shell {
  constructor(options, inbox, slots) {
    this.options = options;
    this.inbox = inbox;
    this.fetch = options.fetchFn ?? globalThis.fetch;
    this.Abort = options.abortControllerImpl ?? globalThis.AbortController;
    this.EventSource = globalThis.EventSource;
    /** By operation: its request, encoded once however often it is sent, and the running attempt's connection. */
    this.requests = new Map();
    this.connections = new Map();
    /** The newest that operations share. */
    this.socket = undefined;
    this.reserved = undefined;
    this.slots = slots;
    /** Events of one connection and one name that came in this turn of the page, behind the first (source.js). */
    this.batch = undefined;
    /** The number of the newest renewal, and the headers that it brings (application.js). */
    this.renewal = 0;
    this.fresh = undefined;
    /** Until the client ends. */
    this.lifetime = new this.Abort();
    /** Ends the watch over the page (page.js). */
    this.unwatch = undefined;
  }

  /** Encodes the request that is added next, and tells its length in a URL. Throws what JSON.stringify throws. */
  encode(request, get, streams) {
    const most = streams && this.options.payload?.maxSegmentBytes;
    this.next = encode(request, inSegments(request, most), get);
    return this.next.parameters.length;
  }

  add(op) {
    this.requests.set(op, this.next);
  }

  /** The request as this connection sends it. */
  encoded({ op, segmentBytes }) {
    const encoded = this.requests.get(op);
    // the application's own may have changed since
    return segmentBytes ? encode(encoded.request, inSegments(JSON.parse(encoded.body), segmentBytes), encoded.parameters) : encoded;
  }

  /** The operation is over. */
  forget(op) {
    this.requests.delete(op);
  }

  /** `segmentBytes`: larger results are suspected to be lost, and asked for in segments; 0: none are. */
  open(op, number, eventSource, get, want, lastEventId, reason, segmentBytes) {
    const connection = { op, number, want, segmentBytes, abort: new this.Abort(), reader: undefined, source: undefined, response: undefined };
    this.keep(connection);
    prepare(this, connection, reason, (url, headers) => {
      if (want === RESERVED) reserve(this, connection, url, headers);
      else if (!eventSource) openFetch(this, connection, url, headers, get, lastEventId);
      else if (headers && Object.keys(headers).length > 0) this.tell(HEADERS_UNUSABLE, op, number);
      else openEventSource(this, connection, url);
    });
  }

  /** Keeps the application's function for keys, or one for its path; its number. */
  keepKey(key) {
    const number = nextKey++;
    keyFunctions.set(number, typeof key === 'string' ? keyReader(key) : key);
    return number;
  }

  dropKey(number) {
    keyFunctions.delete(number);
  }

  /** Numbers for what is left out: the glue of a development build insists. */
  tell(kind, op = 0, number = 0, value, text, status = 0, retryAfterMs = NaN) {
    flush(this);
    this.inbox.news(kind, op, number, value, text, status, retryAfterMs);
  }

  /** The browser has the connection's request in hand. Not told within a call of the application, which is to return first. */
  sent(connection) {
    queueMicrotask(() => this.running(connection) && this.tell(SENT, connection.op, connection.number));
  }

  /** By the attempt, of which an operation may have two. */
  keep(connection) {
    this.connections.set(keyOf(connection), connection);
  }

  get(op, number) {
    return this.connections.get(keyOf({ op, number }));
  }

  running(connection) {
    return this.connections.get(keyOf(connection)) === connection;
  }

  /** Closes an attempt's connection. */
  close(op, number) {
    const connection = this.release(op, number);
    if (!connection) return;
    connection.source?.close();
    connection.socket?.close();
    cancel(connection.reader); // a fetch of the application's own may not listen to the signal
    try {
      connection.abort?.abort();
    } catch {
      // an AbortController of the application's own: nothing more can be done
    }
  }

  /** Gives an attempt's response away, open. */
  responseOf(op, number) {
    const connection = this.release(op, number);
    cancel(connection?.reader); // that of the copy
    return connection?.response;
  }

  release(op, number) {
    const connection = this.get(op, number);
    this.connections.delete(keyOf({ op, number }));
    connection?.leave?.();
    return connection;
  }

  /** Closes everything, also from outside when the module is dead. */
  closeAll() {
    clearTimeout(this.timer);
    this.unwatch?.();
    this.lifetime.abort();
    for (const { op, number } of this.connections.values()) this.close(op, number);
    this.requests.clear();
  }

  /** Sets the one timer; nothing: none. */
  arm(delayMs) {
    clearTimeout(this.timer);
    this.timer = delayMs === undefined ? undefined : setTimeout(() => this.tell(TICK), Math.min(delayMs, LONGEST));
  }

  /** Has deliveries made when the caller has returned. */
  flushLater() {
    queueMicrotask(() => this.tell(FLUSH));
  }
}

/** Numbers of both stay below these powers of 2 for longer than a page lives. */
const keyOf = ({ op, number }) => op * 2 ** 21 + number;
