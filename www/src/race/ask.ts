/** Plain queries and mutations: what the race itself asks must not go by one of those who run in it. */

import { parseMessage } from '../message.js';

const LATEST = '{ latest }';
const SEND = 'mutation ($author: String!, $text: String!) { send(author: $author, text: $text) { id author text sentAt } }';
const ANSWER_MS = 20_000;

/** The id of the newest message there is, 0 if there is none. */
export async function latest(): Promise<number> {
  const data = await ask(LATEST, {});
  if (typeof data['latest'] !== 'number') throw new Error('The server answered without its newest id.');
  return data['latest'];
}

/** Sends a message; its id. */
export async function send(author: string, text: string): Promise<number> {
  const data = await ask(SEND, { author, text });
  const message = parseMessage(data['send']);
  if (!message) throw new Error('The server answered without the message.');
  return message.id;
}

async function ask(query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const { data, errors } = (await response.json()) as { data?: Record<string, unknown> | null; errors?: readonly { message: string }[] };
  if (errors?.length) throw new Error(errors.map(({ message }) => message).join('; '));
  if (!data) throw new Error('The server answered without data.');
  return data;
}
