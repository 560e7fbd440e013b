/** Errors that have no other place to go. */

/** Reports an error that a listener threw, as the browser reports one that an event listener threw. */
export function report(error: unknown): void {
  if (typeof reportError === 'function') reportError(error);
  else console.error(error); // Node would end the process
}

/** Calls a function of the application whose failure is its own. */
export function attempt<Parameters extends unknown[]>(call: ((...parameters: Parameters) => void) | undefined, ...parameters: Parameters): void {
  try {
    call?.(...parameters);
  } catch (error) {
    report(error);
  }
}
