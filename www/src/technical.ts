/** Errors in words that developers read. */

import { isLifelineError } from 'graphql-lifeline';

/** An error for the log: its code, then what it says. */
export function technical(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return isLifelineError(error) ? `[${error.code}] ${text}` : text;
}
