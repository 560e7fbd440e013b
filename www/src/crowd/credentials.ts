/** The server's token: kept, and asked for again when the server does not want it any more. */

import type { HeadersContext } from 'graphql-lifeline';

const ANSWER_MS = 10_000;

export class Credentials {
  #token: Promise<string> | undefined;
  /** How often the server was asked for one. */
  asked = 0;

  for(reason: HeadersContext['reason']): Promise<string> {
    if (reason === 'unauthorized') this.#token = undefined;
    return (this.#token ??= this.#ask());
  }

  async #ask(): Promise<string> {
    this.asked += 1;
    try {
      const response = await fetch('/token', { signal: AbortSignal.timeout(ANSWER_MS) });
      const { token } = (await response.json()) as { readonly token: string };
      return token;
    } catch (error) {
      this.#token = undefined; // the client asks again
      throw error;
    }
  }
}
