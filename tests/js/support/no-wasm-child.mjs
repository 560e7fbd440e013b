/** To be run with --jitless, where Node has no WebAssembly: prints the error of createClient. */

import { entry } from './packages.mjs';

const { createClient, isLifelineError } = await import(entry);
try {
  createClient({ url: 'http://127.0.0.1/' });
} catch (error) {
  const { code, message, retryable } = error;
  console.log(JSON.stringify({ real: isLifelineError(error), code, message, retryable }));
}
