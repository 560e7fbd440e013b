/** The other end of PROTOCOL.md, "Segments", written from the document alone: slow, simple, and strict. */

import * as zlib from 'node:zlib';

/** Whole events of a text, by the HTML Standard; what has no end is left out. */
export function eventsOf(text) {
  const blocks = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n').split('\n\n');
  return blocks.slice(0, -1).flatMap((block) => {
    const event = { name: '', data: [] };
    for (const line of block.split('\n')) {
      const [, field, value] = /^([^:]*)(?:: ?([^]*))?$/.exec(line);
      if (field === 'data') event.data.push(value ?? '');
      if (field === 'event') event.name = value ?? '';
      if (field === 'id') event.id = value ?? '';
    }
    return event.data.length > 0 ? [event] : [];
  });
}

const bytesOf = (text) => Buffer.byteLength(text);

/** CRC-32, bit by bit where Node has none. */
export function crc32(text) {
  if (zlib.crc32) return zlib.crc32(text);
  let crc = -1;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** What comes of the segments of a connection: `{ text, id }` of each whole result, `{ gap }` of each that is not. */
export class Assembly {
  #assembling = new Map();
  #dropped = new Set();
  slices = [];

  /** The data lines of one event `segment`. */
  take([head, slice, ...more]) {
    const { id, r, i, n, b, c, ...others } = JSON.parse(head);
    if (more.length > 0 || Object.keys(others).length > 0 || /[\r\n]/.test(slice)) throw new Error(`no segment: ${head}`);
    this.slices.push({ id, r, i, n, bytes: bytesOf(slice), slice });
    if (i === 0) this.#dropped.delete(r);
    if (this.#dropped.has(r)) return [];
    const so = this.#assembling.get(r) ?? { id, n, b, c, texts: [], bytes: 0 };
    this.#assembling.set(r, so);
    so.bytes += bytesOf(slice);
    const fits = so.id === id && so.n === n && so.b === b && so.c === c && so.texts.length === i && so.bytes <= b;
    if (!fits) return this.#gap(r);
    so.texts.push(slice);
    if (so.texts.length < n) return [];
    const text = so.texts.join('');
    if (so.bytes !== b || crc32(text) !== c) return this.#gap(r);
    this.#assembling.delete(r);
    return [{ text, id }];
  }

  /** Results that are not whole yet. */
  get unfinished() {
    return this.#assembling.size;
  }

  #gap(r) {
    this.#assembling.delete(r);
    this.#dropped.add(r);
    return [{ gap: 'segment' }];
  }
}

/** All events of a text, segments put together: as though nothing had been split. */
export function whole(text, { name = 'next', assembly = new Assembly() } = {}) {
  const events = eventsOf(text).flatMap((event) => {
    if (event.name !== 'segment') return [event];
    return assembly.take(event.data).map(({ text: data, id: operation, gap }) => {
      if (gap) return { gap };
      return { ...event, name, data: [operation === undefined ? data : `{"id":${JSON.stringify(operation)},"payload":${data}}`] };
    });
  });
  return { events, assembly };
}
