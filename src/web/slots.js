/**
 * Room for streams: over HTTP/1.1 a browser has six connections to an origin, for all its tabs together, and
 * lets the next request wait without a word. So streams take a slot first, of as many as `maxStreams` allows.
 *
 * Web Locks count for all tabs; where there are none (a page that is not secure), each page counts for itself.
 */

const NOTHING = () => {};

/** Where there are no Web Locks: the slots that are taken, and who tries again when one is given back. */
const taken = new Set();
const waiting = new Set();

export class Slots {
  constructor({ maxStreams = 4, singleConnection }) {
    this.count = maxStreams;
    /** One is left for the stream that all others share. */
    this.spare = singleConnection === 'auto' ? 1 : 0;
  }

  /**
   * Takes a slot for a stream from there, if it needs one; otherwise nothing is returned. What is returned at once
   * gives it back, or ends the wait for it; `onTaken` is called when there is one, with whether `onCrowded` was
   * called before.
   */
  take(url, isShared, onTaken, onCrowded) {
    // only a browser has the limit, and none over HTTP/2
    if (this.count === Infinity || !(globalThis.document || globalThis.WorkerGlobalScope)) return undefined;
    const origin = originOf(url);
    if (origin === undefined || isMultiplexed(origin)) return undefined;
    const names = Array.from({ length: this.count }, (_, at) => `graphql-lifeline ${origin} ${at}`);
    return new Wait(origin, onTaken, onCrowded).begin(isShared ? names : names.slice(this.spare));
  }
}

class Wait {
  constructor(origin, onTaken, onCrowded) {
    Object.assign(this, { origin, onTaken, onCrowded, isOver: false, wasCrowded: false, giveBack: NOTHING, abort: new AbortController() });
  }

  begin(names) {
    const { locks } = globalThis.navigator ?? {};
    if (locks) void this.takeLock(locks, names);
    else this.takeHere(names);
    return () => {
      this.over();
      this.giveBack();
    };
  }

  /** It is not waited for any more. */
  over() {
    this.isOver = true;
    this.abort.abort();
    this.observer?.disconnect();
  }

  done(giveBack) {
    if (this.isOver) return giveBack();
    this.over();
    this.giveBack = giveBack;
    this.onTaken(this.wasCrowded);
  }

  crowded() {
    this.wasCrowded = true;
    // the first answer that is complete may show that there is no limit
    this.observer = new PerformanceObserver(() => isMultiplexed(this.origin) && this.done(NOTHING));
    this.observer.observe({ type: 'resource' });
    this.onCrowded();
  }

  takeHere(names) {
    const again = () => {
      const name = names.find((each) => !taken.has(each));
      if (name === undefined) return;
      waiting.delete(again);
      taken.add(name);
      this.done(() => {
        taken.delete(name);
        for (const other of waiting) other();
      });
    };
    again();
    if (this.isOver) return;
    waiting.add(again);
    this.abort.signal.addEventListener('abort', () => waiting.delete(again));
    this.crowded();
  }

  async takeLock(locks, names) {
    for (const name of names) {
      const giveBack = await grab(locks, name, { ifAvailable: true });
      if (giveBack) return this.done(giveBack);
      if (this.isOver) return undefined;
    }
    this.crowded();
    const { signal } = this.abort;
    return this.isOver || names.forEach(async (name) => {
      const giveBack = await grab(locks, name, { signal });
      if (giveBack) this.done(giveBack);
    });
  }
}

/** Takes the lock, and resolves with what gives it back; with nothing, if it is not to be had. */
function grab(locks, name, how) {
  return new Promise((resolve) => {
    const hold = (lock) => lock && new Promise((release) => resolve(release));
    locks.request(name, how, hold).then(resolve, () => resolve());
  });
}

/** Nothing for what is no URL: whoever sends the request says that better. */
function originOf(url) {
  try {
    return new URL(url, globalThis.location.href).origin;
  } catch {
    return undefined;
  }
}

/** Has anything from there come over HTTP/2 or HTTP/3? Other origins show it with Timing-Allow-Origin. */
function isMultiplexed(origin) {
  const entries = (type) => globalThis.performance.getEntriesByType?.(type) ?? [];
  return [...entries('resource'), ...entries('navigation')].some(
    ({ name, nextHopProtocol }) => name.startsWith(`${origin}/`) && /^h[23]/.test(nextHopProtocol));
}
