/** The proof that a client saw every result, whole and in order: each of its runs ends with one. */

export class Tally {
  count = 0;
  hash = 0;

  /** Takes a result. */
  add({ data: { message } }) {
    this.count += 1;
    this.hash = (Math.imul(this.hash, 31) + Number(message.id) + message.text.length) | 0;
  }
}

/** Of several subscriptions, each with an order of its own. */
export function sum(tallies) {
  return tallies.reduce(({ count, hash }, one) => ({ count: count + one.count, hash: (hash + one.hash) | 0 }), { count: 0, hash: 0 });
}
