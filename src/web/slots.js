/**
 * Room for streams: over HTTP/1.1 a browser has six connections to an origin, for all its tabs together, and
 * lets the next request wait without a word. So streams take a slot first, of as many as `maxStreams` allows.
 *
 * Web Locks count for all tabs; where there are none (a page that is not secure), each page counts for itself.
 */

/** Where there are no Web Locks: the slots that are taken, and who tries again when one is given back. */
const taken = new Set();
const waiting = new Set();

export class Slots {
  constructor({ maxStreams = 4, singleConnection }) {
    this.count = maxStreams;
    /** One is left for the stream that all others share. */
    this.spare = singleConnection === 'auto' ? 1 : 0;
  }

  /** The slots of a stream, by name; none where there is no limit. */
  names(url, isShared) {
    // only a browser has the limit, and none over HTTP/2
    if (this.count === Infinity || !(globalThis.document || globalThis.WorkerGlobalScope)) return [];
    const { origin } = new URL(url, globalThis.location.href);
    if (isMultiplexed(origin)) return [];
    const names = Array.from({ length: this.count }, (_, at) => `graphql-lifeline ${origin} ${at}`);
    // from behind, so that the others find theirs free
    return isShared ? names.reverse() : names.slice(this.spare);
  }

  /**
   * Takes one of the slots. What is returned at once gives it back, or ends the wait for it; `onTaken` is called
   * when there is one, with whether `onCrowded` was called before.
   */
  take(names, onTaken, onCrowded) {
    let giveBack = () => {};
    const wait = new AbortController();
    const { locks } = globalThis.navigator ?? {};
    const take = locks ? takeLock : takeHere;
    take(locks, names, wait, onCrowded, (free, wasCrowded) => {
      if (wait.signal.aborted) return free();
      giveBack = free;
      onTaken(wasCrowded);
    });
    return () => {
      wait.abort();
      giveBack();
    };
  }
}

function takeHere(_, names, { signal }, onCrowded, done) {
  const attempt = (wasCrowded) => {
    const name = names.find((each) => !taken.has(each));
    if (name === undefined) return false;
    taken.add(name);
    waiting.delete(again);
    done(() => {
      taken.delete(name);
      for (const other of waiting) other();
    }, wasCrowded);
    return true;
  };
  const again = () => (signal.aborted ? waiting.delete(again) : attempt(true));
  if (attempt(false)) return;
  waiting.add(again);
  onCrowded();
}

async function takeLock(locks, names, { signal }, onCrowded, done) {
  for (const name of names) {
    const giveBack = await grab(locks, name, { ifAvailable: true });
    if (giveBack) return done(giveBack, false);
    if (signal.aborted) return undefined;
  }
  onCrowded();
  const others = new AbortController();
  signal.addEventListener('abort', () => others.abort());
  if (signal.aborted) others.abort();
  let won = false;
  return names.forEach(async (name) => {
    const giveBack = await grab(locks, name, { signal: others.signal });
    if (!giveBack) return;
    if (won) return giveBack();
    won = true;
    others.abort();
    done(giveBack, true);
  });
}

/** Takes the lock, and resolves with what gives it back; with nothing, if it is not to be had. */
function grab(locks, name, how) {
  return new Promise((resolve) => {
    const hold = (lock) => lock && new Promise((release) => resolve(release));
    locks.request(name, how, hold).then(resolve, () => resolve());
  });
}

/** Has anything from there come over HTTP/2 or HTTP/3? Other origins may hide it. */
function isMultiplexed(origin) {
  const entries = (type) => globalThis.performance.getEntriesByType?.(type) ?? [];
  return [...entries('resource'), ...entries('navigation')].some(
    ({ name, nextHopProtocol }) => name.startsWith(`${origin}/`) && /^h[23]/.test(nextHopProtocol));
}
