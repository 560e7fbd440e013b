/** Figures in words that people read. */

const UNITS = ['B', 'KB', 'MB'] as const;

/** `512 B`, `3.2 KB`, `64 KB`, `1.5 MB`. */
export function bytes(count: number): string {
  let unit = 0;
  while (count >= 1024 && unit < UNITS.length - 1) {
    count /= 1024;
    unit += 1;
  }
  return `${count < 10 && unit > 0 ? count.toFixed(1).replace('.0', '') : Math.round(count)} ${UNITS[unit]}`;
}

/** `1 message`, `2 messages`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `3 s`, `1 min 20 s`. */
export function seconds(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const minutes = Math.floor(total / 60);
  return minutes > 0 ? `${minutes} min ${total % 60} s` : `${total} s`;
}

/** Until then (epoch milliseconds): `in 3 s`. */
export function countdown(at: number | undefined): string {
  return at === undefined ? 'soon' : `in ${seconds(at - Date.now())}`;
}

const TRANSPORTS: Readonly<Record<string, string>> = { eventsource: 'EventSource', fetch: 'fetch', websocket: 'WebSocket' };

export function transportName(transport: string): string {
  return TRANSPORTS[transport] ?? transport;
}
