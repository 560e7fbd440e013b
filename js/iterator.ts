/** Results as an async iterator. */

import type { Sink } from './types.js';

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** A first-in first-out queue; `Array.shift` is linear on a long backlog. */
class Queue<T> {
  private items: T[] = [];
  private head = 0;

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    const item = this.items[this.head];
    if (this.head < this.items.length) this.head += 1;
    // Half of it is behind us: moving the rest costs no more than the pushes did.
    if (this.head * 2 >= this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  get empty(): boolean {
    return this.head === this.items.length;
  }
}

/** Subscribes at once, and keeps what arrives until it is asked for. Queued results come before an error. */
export function iterator<T>(subscribe: (sink: Sink<T>) => () => void): AsyncIterableIterator<T> {
  const results = new Queue<T>();
  const waiters = new Queue<Waiter<T>>();
  let end: { error?: unknown; failed: boolean } | undefined;

  const finish = (failed: boolean, error?: unknown): void => {
    if (end) return;
    end = { failed, error };
    for (let waiter = waiters.shift(); waiter; waiter = waiters.shift()) settle(waiter);
  };
  const settle = (waiter: Waiter<T>): void => {
    if (!end?.failed) return waiter.resolve(DONE);
    end.failed = false; // an error is thrown once
    waiter.reject(end.error);
  };
  const dispose = subscribe({
    next(value) {
      const waiter = waiters.shift();
      if (waiter) waiter.resolve({ done: false, value });
      else results.push(value);
    },
    error: (error) => finish(true, error),
    complete: () => finish(false),
  });

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () =>
      new Promise((resolve, reject) => {
        if (!results.empty) resolve({ done: false, value: results.shift() as T });
        else if (end) settle({ resolve, reject });
        else waiters.push({ resolve, reject });
      }),
    return: async () => {
      dispose();
      finish(false);
      while (!results.empty) results.shift();
      return DONE;
    },
    throw: async (error: unknown) => {
      dispose();
      finish(true, error);
      return DONE;
    },
  };
}
