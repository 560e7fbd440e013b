/** Settings that a tab remembers. Storage may be forbidden: then they last as long as the page. */

const memory = new Map<string, string>();

export function recall(key: string): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined;
  } catch {
    return memory.get(key);
  }
}

export function remember(key: string, value: string): void {
  memory.set(key, value);
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Remembered in `memory` already.
  }
}
