/** An error that is meant for the reader: its message is a sentence, its stack tells nothing. */
export class Problem extends Error {
  name = 'Problem';
}
