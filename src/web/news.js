/** What the module hears of; src/web/inbox.rs has the same numbers. */

export const HEAD = 0;
export const OPEN = 1;
export const EVENT = 2;
export const END = 3;
export const FAILED = 4;
export const UNPREPARED = 5;
export const HEADERS_UNUSABLE = 6;
export const RETRY_READY = 7;
export const RETRY_FAILED = 8;
export const TICK = 9;
export const FLUSH = 10;
export const PROBED = 11;
export const CLOSED = 12;
export const LIFETIME = 13;
export const PAGE = 14;
export const CROWDED = 15;
export const ADMITTED = 16;
export const EVENTS = 17;
export const SENT = 18;
