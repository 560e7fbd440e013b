/** An error that is meant for the reader: its message is a sentence, its stack tells nothing. */
export class Problem extends Error {
  name = 'Problem';

  /**
   * `output`: the last lines of the program that failed, where they were shown already. `failures`: which of a
   * suite's tests failed, as `{ name, place, lines, command }`; see failures.mjs.
   */
  constructor(message, { output = [], failures = [] } = {}) {
    super(message);
    this.output = output;
    this.failures = failures;
  }
}
