/** What the page asks the server: its documents, and how their answers are read. */

import type { Client } from 'graphql-lifeline';
import type { PageRequest } from './history.js';
import { parseMessage, type Message, type Trace } from './message.js';

const FIELDS = '{ id author text sentAt }';
export const MESSAGES = `subscription { messages ${FIELDS} }`;
/** The path to what identifies a result of it. */
export const KEY = 'messages.id';
const SEND = `mutation($author:String!,$text:String!){ send(author:$author,text:$text)${FIELDS} }`;
const HISTORY = `query($last:Int,$after:Int){ history(last:$last,after:$after)${FIELDS} }`;
const POSITION = 'query($after:Int){ latest history(last:1,after:$after){ id sentAt } }';

/** How long queries and mutations may take. */
const ANSWER_MS = 20_000;

type Execute = Client['execute'];

/** How far the server has come, and what it has at the place that was asked about. */
export interface Position {
  readonly latest: number;
  readonly there: Trace | undefined;
}

export class Requests {
  readonly #execute: Execute;
  readonly #signal: AbortSignal;

  /** Aborting `signal` gives up what is under way. */
  constructor(execute: Execute, signal: AbortSignal) {
    this.#execute = execute;
    this.#signal = signal;
  }

  async send(author: string, text: string): Promise<Message> {
    const data = await this.#ask(SEND, { author, text });
    const message = parseMessage(data['send']);
    if (!message) throw new Error('The server answered without the message.');
    return message;
  }

  async history(page: PageRequest): Promise<readonly Message[]> {
    const { history } = await this.#ask(HISTORY, { ...page });
    if (!Array.isArray(history)) throw new Error('The server answered without a history.');
    return history.map(parseMessage).filter((message) => message !== undefined);
  }

  async position(of: number): Promise<Position> {
    const { latest, history } = await this.#ask(POSITION, { after: Math.max(0, of - 1) });
    if (typeof latest !== 'number' || !Array.isArray(history)) throw new Error('The server answered without its position.');
    return { latest, there: history[0] as Trace | undefined };
  }

  async #ask(query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_MS)]);
    const { data, errors } = await this.#execute({ query, variables }, { signal });
    if (errors?.length) throw new Error(errors.map((error) => error.message).join('; '));
    if (!data) throw new Error('The server answered without data.');
    return data;
  }
}
