/** Waiting for what is going to happen, without sleeping. */

/** Something that changes, and can be waited for. */
export class Notices {
  #waiting = new Set();

  /** To be called after each change. */
  changed() {
    // a Set may shrink while it is walked through
    for (const look of this.#waiting) look();
  }

  /** Resolves, with what `condition` answers, as soon as that is true; the test's limit is the limit. */
  until(condition) {
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const answer = condition(this);
          if (!answer) return;
          resolve(answer);
        } catch (error) {
          reject(error);
        }
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A sink that keeps what it gets. `onNext` runs for each result. */
export class Recorder extends Notices {
  results = [];
  errors = [];
  completions = 0;

  constructor(onNext = () => {}) {
    super();
    this.next = (result) => {
      this.results.push(result);
      this.changed();
      onNext(result);
    };
    this.error = (error) => {
      this.errors.push(error);
      this.changed();
    };
    this.complete = () => {
      this.completions += 1;
      this.changed();
    };
  }

  /** Resolves when there are so many results. */
  count(results) {
    return this.until(() => this.results.length >= results);
  }

  /** The same, and throws if the operation has ended before. */
  flows(results) {
    return this.until(() => {
      if (this.results.length >= results) return true;
      if (this.errors.length > 0) throw this.errors[0];
      if (this.completions > 0) throw new Error(`it completed, with ${JSON.stringify(this.results)}`);
      return false;
    });
  }

  /** Resolves when the operation is complete, and throws if it failed. */
  completed() {
    return this.until(() => {
      if (this.errors.length > 0) throw this.errors[0];
      return this.completions > 0;
    });
  }

  /** Resolves with the operation's error, and throws if it completed. */
  failed() {
    return this.until(() => {
      if (this.completions > 0) throw new Error('it completed, and should have failed');
      return this.errors[0];
    });
  }
}

/** A list that can be waited for. */
export class Log extends Notices {
  items = [];

  add = (item) => {
    this.items.push(item);
    this.changed();
  };

  /** Resolves with the list when it is so long. */
  count(items) {
    return this.until(() => this.items.length >= items && this.items);
  }
}

/** A promise with its functions. */
export function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

/** Asks again and again until `condition` answers with something true; throws when that takes too long. */
export async function poll(condition, limitMs = 10_000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resolves after a few turns of the event loop: whatever was on its way without the network has arrived. */
export async function settled() {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
