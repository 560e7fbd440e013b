/** An error that is meant for the reader: its message is a sentence, its stack tells nothing. */
export class Problem extends Error {
  name = 'Problem';
}

/** Runs a script's main function; an error ends it with exit code 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Problem ? `\n${error.message}` : error);
    process.exit(1);
  }
}
