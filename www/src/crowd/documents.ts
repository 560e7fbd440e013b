/** What the crowd asks for. */

import type { Client, ExecutionResult } from 'graphql-lifeline';

export const MESSAGES = 'subscription { messages { id author text sentAt } }';
export const KEY = 'messages.id';
export const LATEST = '{ latest }';
const HISTORY = 'query ($after: Int, $last: Int) { history(after: $after, last: $last) { id author text sentAt } }';
const PAGE = 200;

/** Page by page, as the subscription would have brought them. */
export async function behind(after: number, execute: Client['execute']): Promise<ExecutionResult[]> {
  const results: ExecutionResult[] = [];
  for (;;) {
    const { data } = await execute({ query: HISTORY, variables: { after, last: PAGE } });
    const history = data?.['history'] as readonly { readonly id: number }[] | undefined;
    if (!history) throw new Error('The server answered without a history.');
    for (const message of history) results.push({ data: { messages: message } });
    if (history.length < PAGE) return results;
    after = history.at(-1)!.id;
  }
}
