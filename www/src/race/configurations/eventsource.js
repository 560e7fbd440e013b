/** Messages by the browser's own EventSource, which connects again by itself. */

const MESSAGES = 'subscription { messages { id author text sentAt } }';

/** @param {{ next(result: any): void, open?(): void, error?(source: EventSource): void }} hooks */
export function subscribe({ next, open, error }) {
  const source = new EventSource(`/graphql?query=${encodeURIComponent(MESSAGES)}`);
  source.addEventListener('open', () => open?.());
  source.addEventListener('next', ({ data }) => next(JSON.parse(data)));
  source.addEventListener('complete', () => source.close());
  source.addEventListener('error', () => error?.(source));
  return () => source.close();
}
