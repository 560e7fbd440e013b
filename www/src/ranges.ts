/** From `from` to `to`, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A set of whole numbers, kept as sorted ranges: ids grow by one, so a day of chat is a handful of pairs. */
export class Ranges implements Iterable<Range> {
  #ranges: Range[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Where each range ends. */
  get ends(): readonly number[] {
    return this.#ranges.map(({ to }) => to);
  }

  get last(): number | undefined {
    return this.#ranges.at(-1)?.to;
  }

  has(id: number): boolean {
    const range = this.#ranges[this.#endingFrom(id)];
    return range !== undefined && range.from <= id;
  }

  add(from: number, to = from): void {
    const start = this.#endingFrom(from - 1);
    let end = start;
    let absorbed = 0;
    for (let next = this.#ranges[end]; next && next.from <= to + 1; next = this.#ranges[++end]) {
      from = Math.min(from, next.from);
      to = Math.max(to, next.to);
      absorbed += length(next);
    }
    this.#ranges.splice(start, end - start, { from, to });
    this.#size += length({ from, to }) - absorbed;
  }

  delete(id: number): void {
    const index = this.#endingFrom(id);
    const range = this.#ranges[index];
    if (!range || range.from > id) return;
    const rest = [
      { from: range.from, to: id - 1 },
      { from: id + 1, to: range.to },
    ].filter((part) => part.from <= part.to);
    this.#ranges.splice(index, 1, ...rest);
    this.#size -= 1;
  }

  /** What is missing between the first and the last. */
  gaps(): Ranges {
    const gaps = new Ranges();
    this.#ranges.forEach((range, index) => {
      const next = this.#ranges[index + 1];
      if (next) gaps.add(range.to + 1, next.from - 1);
    });
    return gaps;
  }

  [Symbol.iterator](): Iterator<Range> {
    return this.#ranges[Symbol.iterator]();
  }

  /** The index of the first range that ends at `id` or after it. */
  #endingFrom(id: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle]!.to < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function length(range: Range): number {
  return range.to - range.from + 1;
}
