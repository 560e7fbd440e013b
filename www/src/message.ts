/** One message of the chat. */
export interface Message {
  readonly id: number;
  readonly author: string;
  readonly text: string;
  readonly sentAt: string | number;
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

/** The same message, and not another one that only bears the same id. */
export function isSame(a: Message, b: Message): boolean {
  return a.id === b.id && a.author === b.author && a.text === b.text && a.sentAt === b.sentAt;
}
