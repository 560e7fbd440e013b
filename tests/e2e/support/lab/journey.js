/** In pages and in Node: over which connections an operation's results came, and how long it waited for them. */

/** Of one operation; `look()` can leave the page. All times are in milliseconds from its beginning on. */
export class Journey {
  #began = performance.now();
  #heardMs = 0;
  #pauseMs = 0;
  #legs = [];

  /** It is connected, over this transport. */
  connected(transport) {
    this.#legs.push({ transport, connectedMs: this.#now(), firstMs: undefined, results: 0 });
  }

  result() {
    const now = this.#now();
    this.#pauseMs = Math.max(this.#pauseMs, now - this.#heardMs);
    this.#heardMs = now;
    const leg = this.#legs.at(-1);
    if (leg === undefined) return;
    leg.firstMs ??= now;
    leg.results += 1;
  }

  /** Its connections in turn, and the longest time that it was without a result, the one that passes now included. */
  look() {
    return { legs: this.#legs.map((leg) => ({ ...leg })), pauseMs: Math.max(this.#pauseMs, this.#now() - this.#heardMs) };
  }

  #now() {
    return performance.now() - this.#began;
  }
}

/** Hears of the connections of a client's operations; answers with a function that gives an operation's journey to its id. */
export function journeysOf(client) {
  const journeys = new Map();
  client.on('transport', ({ operation, transport }) => journeys.get(operation)?.connected(transport));
  return (id, journey) => journeys.set(id, journey);
}
