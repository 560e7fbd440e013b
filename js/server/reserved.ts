/** Reserved streams: an operation asks for segments when it starts, and gets them on a stream that another request has opened. */

/** So many streams are remembered, and so many operations on each; then the oldest is forgotten, and gets no segments. */
const MOST = 1_000;

export class Reserved {
  readonly #streams = new Map<string, Map<string, number>>();

  /** An operation starts, and asks for slices of so many bytes, or for none. The answer takes that back. */
  start(token: string, operation: string, bytes: number | undefined): () => void {
    const before = this.limit(token, operation);
    this.#put(token, operation, bytes);
    return () => this.#put(token, operation, before);
  }

  limit(token: string, operation: string | undefined): number | undefined {
    return operation === undefined ? undefined : this.#streams.get(token)?.get(operation);
  }

  /** The stream is over. */
  end(token: string): void {
    this.#streams.delete(token);
  }

  #put(token: string, operation: string, bytes: number | undefined): void {
    const operations = this.#streams.get(token) ?? new Map<string, number>();
    operations.delete(operation);
    this.#streams.delete(token);
    if (bytes !== undefined) put(operations, operation, bytes);
    if (operations.size > 0) put(this.#streams, token, operations);
  }
}

/** Puts it last; a Map is in the order in which its keys came. */
function put<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.set(key, value);
  if (map.size > MOST) map.delete(map.keys().next().value as string);
}
