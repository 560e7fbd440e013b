/**
 * The browser's side of the shell: connections and the timer. It decides nothing: src/web/driver.rs
 * says what to do, and hears what came of it through the inbox.
 *
 * In JavaScript because a page pays a third of the bytes for it that the same calls cost through
 * bindings, and because a promise that never settles leaves nothing behind in the module.
 */

import { keyFunctions, keyReader } from './values.js';

/** The unnamed event, the names of the dialects, and the connection's own news; src/web/inbox.rs has the same order. */
const LISTENED = ['open', 'error', 'message', 'next', 'complete', 'segment'];
/** setTimeout takes a longer wait for none at all. */
const LONGEST = 0x7fffffff;
/** Some servers compare it letter by letter. */
const STREAM = 'text/event-stream';
const ANSWER = 'application/graphql-response+json, application/json;q=0.9';
const NOTHING = () => {};
/** So many bytes go into the module at once, and so many milliseconds of work are done before the page may do something else. */
const SLICE = 2 ** 17;
const TURN = 12;

/** What `inbox.news` is about; src/web/inbox.rs has the same numbers. */
const HEAD = 0;
const OPEN = 1;
const EVENT = 2;
const END = 3;
const FAILED = 4;
const UNPREPARED = 5;
const HEADERS_UNUSABLE = 6;
const RETRY_READY = 7;
const RETRY_FAILED = 8;
const TICK = 9;
const FLUSH = 10;
const PROBED = 11;
const LIFETIME = 13;
const CROWDED = 15;
const ADMITTED = 16;

/** What is wanted; `Want` in src/response.rs has the same order. */
const JSON_ANSWER = 1;
const RESERVED = 2;
const ACCEPTED = 3;

/** GraphQL over SSE: what a reserved stream is known by. */
const TOKEN = 'x-graphql-event-stream-token';

/** What is asked for headers: why, by the numbers that `open` gets; those above are of renewals. */
export const REASONS = ['connect', 'renew'];

/** Whose request a reserved stream is: it carries those of all. */
const NOBODY = { request: { query: '' } };

let nextKey = 0;

const text = (value) => (typeof value === 'string' ? value : undefined);

/** GraphQL over HTTP: `query`, `operationName`, `variables` and `extensions`, the last two as JSON. */
function search({ query, operationName, variables, extensions }) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ query, operationName, variables, extensions })) {
    if (value != null && value !== '') parameters.set(name, text(value) ?? JSON.stringify(value));
  }
  return String(parameters);
}

const encode = (request, sent, get) => ({ request, sent, body: JSON.stringify(sent), parameters: get ? search(sent) : '' });

/** PROTOCOL.md, Segments: asks for slices of so many bytes at most, if there is a number. */
function inSegments(request, most) {
  if (!most) return request;
  const { extensions } = request;
  const { lifeline } = extensions ?? {};
  return { ...request, extensions: { ...extensions, lifeline: { ...lifeline, maxSegmentBytes: Math.min(most, lifeline?.maxSegmentBytes ?? most) } } };
}

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
    /** The number of the newest renewal, and the headers that it brings. */
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
    const { url, httpUrl = url } = this.options;
    this.prepare(connection, want === JSON_ANSWER ? httpUrl : url, reason, (address, headers) => {
      if (want === RESERVED) this.reserve(connection, address, headers);
      else if (!eventSource) this.openFetch(connection, address, headers, get, lastEventId);
      else if (headers && Object.keys(headers).length > 0) this.tell(HEADERS_UNUSABLE, op, number);
      else this.openEventSource(connection, address);
    });
  }

  /** Asks the application's functions for the URL and the headers. */
  async prepare(connection, url, why, connect) {
    const { op, number, abort, want } = connection;
    let { headers } = this.options;
    try {
      const { request } = this.requests.get(op) ?? NOBODY;
      if (typeof url === 'function') url = await url(request);
      if (typeof url !== 'string') throw new TypeError('url() must return a string');
      const entered = want === JSON_ANSWER || want === ACCEPTED ? undefined : this.enter(connection, url);
      if (entered) await entered;
      // a page that has left does not want its token refreshed
      if (!this.running(connection)) return;
      if (typeof headers === 'function') {
        const reason = REASONS[why];
        headers = await (reason ? headers(request, { attempt: number, reason, signal: abort.signal }) : this.renewed(why, request, number));
      }
      this.tellLifetime(connection);
    } catch (reason) {
      this.tell(UNPREPARED, op, number, reason);
      return;
    }
    if (this.running(connection)) connect(url, headers);
  }

  /** Takes a slot, if one is needed; the promise resolves once it is there. */
  enter(connection, url) {
    const { op, number, want } = connection;
    const tell = (kind) => {
      if (this.running(connection)) this.tell(kind, op, number);
    };
    let enter;
    const entered = new Promise((resolve) => (enter = resolve));
    const onTaken = (wasCrowded) => {
      if (wasCrowded) tell(ADMITTED);
      enter();
    };
    connection.leave = this.slots.take(url, want === RESERVED, onTaken, () => tell(CROWDED));
    return connection.leave && entered;
  }

  /** How long the application wants the connection to live: a token's time, say. */
  tellLifetime(connection) {
    let { renewAfterMs: wait } = this.options;
    if (typeof wait === 'function') wait = wait();
    if (wait === undefined || wait === Infinity) return;
    if (!(typeof wait === 'number' && wait === wait)) throw new TypeError('renewAfterMs() must return a number of milliseconds');
    if (this.running(connection)) this.tell(LIFETIME, connection.op, connection.number, undefined, undefined, 0, Math.max(wait, 0));
  }

  /** The headers of a renewal: asked for once, by the first who needs them. Whoever leaves, the others wait on. */
  renewed(renewal, request, attempt) {
    if (this.renewal < renewal) {
      this.renewal = renewal;
      const { headers } = this.options;
      this.fresh = (async () => headers(request, { attempt, reason: 'unauthorized', signal: this.lifetime.signal }))();
    }
    return this.fresh;
  }

  openFetch(connection, url, headers, get, lastEventId) {
    const { op, number, want } = connection;
    const { sent, body, parameters } = this.encoded(connection);
    const operationId = `${op}-${number}`;
    const own = {
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      ...(!get && { 'content-type': 'application/json; charset=utf-8' }),
      ...(want === ACCEPTED ? { [TOKEN]: this.reserved.token } : { accept: want === JSON_ANSWER ? ANSWER : STREAM }),
    };
    this.ask(connection, get ? withSearch(url, parameters) : url, {
      method: get ? 'GET' : 'POST',
      headers: { ...headers, ...own },
      ...(!get && { body: want === ACCEPTED ? JSON.stringify({ ...sent, extensions: { ...sent.extensions, operationId } }) : body }),
    });
  }

  /** GraphQL over SSE, single connection mode: reserves a stream, and opens it. */
  async reserve(connection, url, headers) {
    const { op, number } = connection;
    const reserved = await this.send(connection, url, { method: 'PUT', headers });
    if (reserved?.status !== 201) {
      if (reserved) this.tellHead(connection, reserved);
      return;
    }
    try {
      const token = await reserved.text();
      if (!this.running(connection)) return;
      Object.assign(connection, { token, url, headers });
      this.reserved = connection;
      this.tell(OPEN, op, number);
    } catch (reason) {
      this.tell(FAILED, op, number, reason);
      return;
    }
    this.ask(connection, url, { method: 'GET', headers: { ...headers, [TOKEN]: connection.token, accept: STREAM } });
  }

  /** Tells the server that an operation on the reserved stream is over. */
  async stop(op, number) {
    const { token, url, headers } = this.reserved;
    try {
      const { fetch } = this;
      await fetch(withSearch(url, `operationId=${op}-${number}`), this.init(this.lifetime, { method: 'DELETE', headers: { ...headers, [TOKEN]: token } }));
    } catch {
      // it ends with the stream
    }
  }

  /** Sends a request, and tells the head of its answer. */
  async ask(connection, url, init) {
    const response = await this.send(connection, url, init);
    if (response) this.tellHead(connection, response);
  }

  tellHead(connection, response) {
    const header = (name) => response.headers.get(name) ?? undefined;
    connection.response = response;
    this.tell(HEAD, connection.op, connection.number, undefined, header('content-type'), response.status, waitOf(header('retry-after')));
  }

  /** The answer, if the attempt is not over by then; a failure is told. */
  async send(connection, url, init) {
    try {
      const { fetch } = this; // its `this` must not be this object
      const response = await fetch(url, this.init(connection.abort, init));
      return this.running(connection) ? response : undefined;
    } catch (reason) {
      this.tell(FAILED, connection.op, connection.number, reason);
      return undefined;
    }
  }

  init({ signal }, init) {
    const { credentials = 'same-origin', referrer, referrerPolicy } = this.options;
    return {
      ...init,
      signal,
      credentials,
      cache: 'no-store', // HTML: an event stream is never taken from a cache
      ...(referrer !== undefined && { referrer }),
      ...(referrerPolicy !== undefined && { referrerPolicy }),
    };
  }

  /** Reads the body, or a copy of it: the response is the application's then, unread. */
  async read(op, number, keep) {
    const connection = this.get(op, number);
    if (!connection) return;
    const { response } = connection;
    try {
      const { body } = keep ? response.clone() : response;
      const reader = body && (connection.reader = readerOf(body));
      let busyMs = 0;
      while (reader) {
        const { done, value } = await reader.read();
        if (!this.running(connection)) return;
        if (done) break;
        // not instanceof: test environments have several realms
        if (!ArrayBuffer.isView(value)) throw new TypeError('the response body must consist of bytes');
        for (let at = 0; at < value.length; at += SLICE) {
          const began = performance.now();
          this.inbox.bytes(op, number, value.subarray(at, at + SLICE));
          busyMs += performance.now() - began;
          if (busyMs > TURN) {
            await nextTurn();
            busyMs = 0;
          }
          if (!this.running(connection)) return;
        }
      }
      this.tell(END, op, number);
    } catch (reason) {
      this.tell(FAILED, op, number, reason);
    }
  }

  openEventSource(connection, url) {
    const { op, number } = connection;
    try {
      const address = withSearch(url, this.encoded(connection).parameters);
      const source = new this.EventSource(address, { withCredentials: this.options.credentials === 'include' });
      connection.source = source;
      const listener = ({ type, data }) => {
        if (!this.running(connection)) return;
        if (type === 'open') this.tell(OPEN, op, number);
        // Only a server's own event carries data. The connection's error says nothing more, whatever
        // readyState is then: Chromium has 0 where Firefox has 2. What follows closes the source,
        // which ends its own reconnecting.
        else if (type === 'error' && data === undefined) this.tell(FAILED, op, number);
        else this.tell(EVENT, op, number, data, undefined, LISTENED.indexOf(type), data.length);
      };
      for (const name of LISTENED) source.addEventListener(name, listener);
    } catch (reason) {
      this.tell(FAILED, op, number, reason);
    }
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

  /** Asks the application when to try again. */
  async askRetry(op, number, retries) {
    const connection = { op, number };
    this.keep(connection);
    try {
      await this.options.retry(retries);
    } catch (reason) {
      this.tell(RETRY_FAILED, op, number, reason);
      return;
    }
    if (this.running(connection)) this.tell(RETRY_READY, op, number);
  }

  /** Asks the application whether results still flow. What it throws proves nothing. */
  async askProbe(op, number) {
    const connection = this.get(op, number) ?? this.socket;
    let answer;
    try {
      answer = await this.options.stall.probe({ request: this.requests.get(op).request, signal: connection.abort.signal });
    } catch {
      // as if it had not run
    }
    if (this.running(connection)) this.tell(PROBED, op, number, answer === undefined ? undefined : !!answer);
  }

  /** Numbers for what is left out: the glue of a development build insists. */
  tell(kind, op = 0, number = 0, value, text, status = 0, retryAfterMs = NaN) {
    this.inbox.news(kind, op, number, value, text, status, retryAfterMs);
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

/** Not by a timer: those of hidden pages come once a second. */
const nextTurn = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });

/** Numbers of both stay below these powers of 2 for longer than a page lives. */
const keyOf = ({ op, number }) => op * 2 ** 21 + number;

/** HTTP: Retry-After is a number of seconds or a date. In milliseconds from now. */
function waitOf(retryAfter) {
  if (retryAfter === undefined) return undefined;
  const wait = /^\d+$/.test(retryAfter) ? retryAfter * 1000 : Date.parse(retryAfter) - Date.now();
  return wait >= 0 ? wait : undefined;
}

/** The parameters go behind those that are there, before a fragment. */
function withSearch(url, parameters) {
  const [base, ...fragment] = url.split('#');
  const joint = !base.includes('?') ? '?' : /[?&]$/.test(base) ? '' : '&';
  return [base + joint + parameters, ...fragment].join('#');
}

/** A web stream, or an async iterable (Node streams). */
function readerOf(body) {
  if (typeof body.getReader === 'function') return body.getReader();
  const iterator = body[Symbol.asyncIterator]();
  return { read: () => iterator.next(), cancel: () => iterator.return?.() };
}

function cancel(reader) {
  try {
    // it may be rejected, which is of no interest any more
    Promise.resolve(reader?.cancel()).catch(NOTHING);
  } catch {
    // nor is a stream of the application's own that throws
  }
}
