/** What is sent: each workload's bytes, the same on every machine, and the tally that every client must come to. */

import { Tally } from './tally.js';

const MIB = 1 << 20;
/** All ids are of one length. */
const FIRST_ID = 100_000;
/** `--quick` proves that the benchmark works, with so much less. */
const QUICK = 50;

/** Symbols of which texts are made. */
const LATIN = [...'etaoin shrdlu cmfwyp vbgkjq xz etaoin shrdlu'];
const CHINESE = [...'的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里'];
const MIXED = [...LATIN, ...LATIN.slice(0, 8), ...CHINESE.slice(0, 24), ...'éüñøß', ...'😀🎉👍🚀❤🙏'];

/**
 * By name: the size of an event in bytes, how many there are, what texts are made of; `eol` of the stream;
 * `lines`: the JSON is spread over many data lines; `family`: who is too slow for one is not asked for larger ones.
 */
export const WORKLOADS = {
  'small': { about: '200 B × 200,000', size: 200, count: 200_000, symbols: LATIN },
  'small-crlf': { about: '200 B × 200,000, CRLF', size: 200, count: 200_000, symbols: LATIN, eol: '\r\n' },
  'medium': { about: '3 KB × 10,000', size: 3_000, count: 10_000, symbols: LATIN },
  'mixed': { about: 'mixed CJK and emoji, 200 B × 100,000', size: 200, count: 100_000, symbols: MIXED },
  'chinese': { about: 'all Chinese, 3 KB × 10,000', size: 3_000, count: 10_000, symbols: CHINESE },
  'one-8': { about: 'one of 8 MB', size: 8 * MIB, count: 1, symbols: LATIN, family: 'one' },
  'one-32': { about: 'one of 32 MB', size: 32 * MIB, count: 1, symbols: LATIN, family: 'one' },
  'lines': { about: '8 MB in many data lines', size: 8 * MIB, count: 1, symbols: LATIN, lines: true },
  'flood': { about: '200 B × 100,000', size: 200, count: 100_000, symbols: LATIN },
};

/** The workload by that name; with `quick`, a little of it. */
export function workload(name, quick) {
  const whole = WORKLOADS[name];
  if (!quick) return whole;
  return whole.count > 1 ? { ...whole, count: whole.count / QUICK } : { ...whole, size: whole.size / QUICK };
}

/** An event stream of these results: its bytes, and what a client must have seen of it. */
export function stream({ size, count, symbols, eol = '\n', lines = false }) {
  const tally = new Tally();
  const parts = [];
  const texts = textsOf(symbols, size - wrap('{"data":{"message":{"id":"100000","text":""}}}', eol).length);
  for (let n = 0; n < count; n++) {
    const result = resultOf(n, lines ? linesOf(texts(n)) : texts(n));
    tally.add(result);
    parts.push(wrap(JSON.stringify(result, null, lines ? 1 : 0), eol));
  }
  parts.push(`event: complete${eol}data:${eol}${eol}`);
  return { bytes: Buffer.from(parts.join('')), count: tally.count, hash: tally.hash };
}

/** The n-th result, with a text of about so many bytes. */
export function results(size) {
  const texts = textsOf(LATIN, size);
  return (n) => resultOf(n, texts(n));
}

function resultOf(n, text) {
  return { data: { message: { id: String(FIRST_ID + n), text } } };
}

function wrap(json, eol) {
  return `event: next${eol}${json.split('\n').map((line) => `data: ${line}${eol}`).join('')}${eol}`;
}

function linesOf(text) {
  return text.match(/.{1,80}/gsu);
}

/** Texts of `bytes` bytes, up to the rest of a symbol: the n-th is read from a place of its own in a sea of symbols, round and round. */
function textsOf(symbols, bytes) {
  const random = generator(bytes);
  const sea = Array.from({ length: 8_192 }, () => symbols[random() % symbols.length]);
  const widths = sea.map((symbol) => Buffer.byteLength(symbol));
  const around = widths.reduce((a, b) => a + b, 0);
  return (n) => {
    const from = (n * 131) % sea.length;
    let text = bytes < around ? '' : [...sea.slice(from), ...sea.slice(0, from)].join('').repeat(Math.floor(bytes / around));
    let left = bytes % around;
    for (let at = from; left >= widths[at]; at = (at + 1) % sea.length) {
      text += sea[at];
      left -= widths[at];
    }
    return text;
  };
}

/** Numerical Recipes' generator: random enough for texts, and the same everywhere. */
function generator(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 8;
}
