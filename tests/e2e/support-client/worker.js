/** A module worker with the package in it: runs one operation to its end, and tells what came. */

import { createClient, isLifelineError } from '/lifeline.js';

onmessage = ({ data: { options, query } }) => {
  const told = { results: [], transports: [], error: undefined, completed: false, window: typeof window };
  const client = createClient(options);
  client.on('transport', ({ transport }) => told.transports.push(transport));
  client.subscribe({ query }, {
    next: (result) => told.results.push(result),
    error: (error) => postMessage({ ...told, error: [isLifelineError(error), error.code, error.message] }),
    complete: () => postMessage({ ...told, completed: true }),
  });
};
