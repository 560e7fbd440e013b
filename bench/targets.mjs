/** What the package is meant to reach, and what was measured. */

import { LABELS, PEERS } from './names.mjs';
import { median, ratio } from './numbers.mjs';

const MIB = 1 << 20;
const BROTLI_BYTES = 40 * 1_024;
/** A heap is never quite the same twice. */
const LEAK_BYTES = 60;
/** Of 20 MB of results; compiled code is part of it. */
const HEAP_SLACK = 256 * 1_024;
const LONG_TASK_MS = 50;

/** Rows: `what`, the `target` in words, the `value` (nothing, if it was not measured), how it is `shown`, whether it is `met`. */
export function targets({ chromium, node, brotli }) {
  const clients = (name) => chromium.streams[name].clients;
  /** Ours is at most so many times the other. */
  const atMost = (what, name, limit, { other = 'limit', of = 'ms', ours = 'lifeline' } = {}) =>
    bound(what, `≤ ${limit} × ${LABELS[other]}${of === 'cpuMs' ? ', CPU time' : ''}`, ratio(clients(name)[ours], clients(name)[other], of), (value) => value <= limit, times);
  /** Ours is at least so many times as fast as a peer. */
  const faster = (what, name, limit, peer = fastest(clients(name))) =>
    bound(what, `≥ ${limit} × as fast as ${LABELS[peer]}`, ratio(clients(name)[peer], clients(name).lifeline), (value) => value >= limit, times);
  const small = ['small', 'small-crlf'].flatMap((name, n) => {
    const what = `small events, ${['LF', 'CRLF'][n]}`;
    return [
      atMost(what, name, 1.15),
      atMost(what, name, 1.15, { of: 'cpuMs' }),
      faster(what, name, 1.35, 'eventsource-parser'),
      faster(what, name, 3, 'eventsource'),
      faster(what, name, 3, 'fetch-event-source'),
      faster(what, name, 10, 'graphql-sse'),
    ];
  });
  const large = [['one-8', 8], ['one-32', 32]].flatMap(([name, mb]) => {
    const what = `one line of ${mb} MB`;
    return [
      atMost(what, name, 1.3),
      faster(what, name, 1),
      faster(what, name, 2, 'graphql-sse'),
      bound(what, '≤ 1.1 × the memory of eventsource-parser', growth(node.peak[mb * MIB]), (value) => value <= 1.1, times),
    ];
  });
  return [
    ...small,
    atMost('mixed UTF-8', 'mixed', 1.2),
    faster('mixed UTF-8', 'mixed', 1.25, 'eventsource-parser'),
    atMost('3 KB events', 'medium', 1.2, { other: 'decoded-limit' }),
    faster('3 KB events', 'medium', 1),
    ...large,
    atMost('8 MB in many data lines', 'lines', 1.5),
    faster('8 MB in many data lines', 'lines', 1.25),
    faster('all Chinese', 'chinese', 0.9),
    ...chunked(node.chunks[4_096]),
    ...['small', 'medium', 'one-8'].map((name) =>
      atMost(`EventSource, ${{ 'small': 'small events', 'medium': '3 KB events', 'one-8': 'one of 8 MB' }[name]}`, name, 1.1, { other: 'eventsource', ours: 'lifeline-eventsource' }),
    ),
    socket(chromium.sockets),
    bound('what a page loads', '≤ 40 KB brotli', brotli, (value) => value <= BROTLI_BYTES, (value) => `${(value / 1_024).toFixed(1)} KB`),
    bound('subscribe and dispose, 40,000 times', 'no growth', node.churn.lifeline.bytes, (value) => value < LEAK_BYTES, (value) => `${value.toFixed(1)} bytes each (graphql-sse: ${Math.round(node.churn['graphql-sse'].bytes)})`),
    bound('a flood of 100,000 small results', 'no task over 50 ms', Math.max(...chromium.calm.lifeline.taskMs), (value) => value < LONG_TASK_MS, (value) => (value === 0 ? 'none' : `${Math.round(value)} ms`)),
    ...Object.entries(chromium.floods).filter(([name]) => name.startsWith('lifeline')).flatMap(([name, left]) => floods(LABELS[name], left)),
  ];
}

function bound(what, target, value, holds, show) {
  return { what, target, value, shown: value === undefined ? '–' : show(value), met: value === undefined ? undefined : holds(value) };
}

function times(value) {
  return `${value.toFixed(2)} ×`;
}

/** The peer that took the shortest. */
export function fastest(clients) {
  const ran = PEERS.filter((name) => clients[name]?.ms.length > 0);
  return ran.reduce((best, name) => (median(clients[name].ms) < median(clients[best].ms) ? name : best));
}

function growth(sizes) {
  return sizes && median(sizes.lifeline) / median(sizes['eventsource-parser']);
}

function chunked(sizes) {
  const of = (mb, client) => sizes[mb * MIB]?.clients[client];
  const each = (mb) => ({ ms: of(mb, 'lifeline')?.ms.map((ms) => ms / sizes[mb * MIB].count) });
  return [
    bound('linear, chunks of 4 KB', 'time for 32 MB ≤ 40 × that for 1 MB', ratio(each(32), each(1)), (value) => value <= 40, times),
    bound('8 MB in chunks of 4 KB', '≥ 100 × as fast as graphql-sse', ratio(of(8, 'graphql-sse'), of(8, 'lifeline')), (value) => value >= 100, times),
  ];
}

function socket(counts) {
  const of = (subscriptions) => counts[subscriptions]?.clients['lifeline-websocket'];
  return bound('a result for 1,000 subscriptions on one socket', '≤ 1.2 × one for 1', ratio(of(1_000), of(1)), (value) => value <= 1.2, times);
}

/** Before, and behind the first, second, third flood. */
function floods(label, { heap, wasm }) {
  return [
    bound(`heap behind floods, ${label}`, 'as before, within 256 KB', heap.at(-1) - heap[0], (value) => value <= HEAP_SLACK, (value) => `${Math.round(value / 1_024)} KB`),
    bound(`WebAssembly memory behind a second flood, ${label}`, 'no growth', wasm[2] - wasm[1], (value) => value === 0, (value) => `${value / 1_024} KB`),
  ];
}
