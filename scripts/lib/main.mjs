import { pathToFileURL } from 'node:url';
import { Problem } from './problem.mjs';
import { stopAll } from './process.mjs';

/** Runs `work` if `script` is what Node was started with, and not a module of another script. */
export async function main(script, work) {
  if (script !== pathToFileURL(process.argv[1] ?? '').href) return;
  try {
    await work();
  } catch (error) {
    await stopAll(); // what ran beside that which failed
    console.error(error instanceof Problem ? `\n${error.message}` : error);
    process.exit(1);
  }
}
