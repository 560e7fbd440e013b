/** What tells one message from another that bears the same id. */
export interface Trace {
  readonly id: number;
  readonly sentAt: string | number;
}

/** One message of the chat. */
export interface Message extends Trace {
  readonly author: string;
  readonly text: string;
}

/** Reads a message as the server sends it; `undefined` if it is none. The id may be an Int or an ID. */
export function parseMessage(value: unknown): Message | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, author, text, sentAt } = value as Record<string, unknown>;
  const number = typeof id === 'string' ? Number(id) : id;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) return undefined;
  if (typeof author !== 'string' || typeof text !== 'string') return undefined;
  const time = typeof sentAt === 'string' || typeof sentAt === 'number' ? sentAt : '';
  return { id: number, author, text, sentAt: time };
}

/** The same message, and not one of another life of the server: ids begin anew, time does not. */
export function isSame(a: Trace, b: Trace): boolean {
  return a.id === b.id && a.sentAt === b.sentAt;
}
