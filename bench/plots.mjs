/** Draws what `npm run bench` measures: throughput of each client, and time against the size of an event. */

import { style } from '../scripts/lib/plot.mjs';
import { LABELS } from './names.mjs';
import { median, ratio } from './numbers.mjs';
import { WORKLOADS } from './workloads.mjs';

const WIDTH = 760;
const MIB = 1 << 20;

const BARS = { left: 190, width: 400, height: 16, step: 23, gap: 44 };
const BAR_WORKLOADS = ['small', 'mixed', 'medium', 'one-8'];
const BAR_CLIENTS = ['lifeline', 'eventsource-parser', 'eventsource', 'fetch-event-source', 'graphql-sse', 'sse.js'];

/** Bars: the part of LIMIT's throughput that each client reaches in Chromium. */
export function drawThroughput({ chromium: { streams } }) {
  const panelHeight = BARS.gap + BAR_CLIENTS.length * BARS.step;
  const height = BAR_WORKLOADS.length * panelHeight + 30;
  const shares = BAR_WORKLOADS.flatMap((name) => BAR_CLIENTS.map((client) => ratio(streams[name].clients.limit, streams[name].clients[client]) ?? 0));
  const most = Math.max(1, ...shares);
  const xOf = (share) => round(BARS.left + (BARS.width * share) / most);
  const panels = BAR_WORKLOADS.map((name, n) => barPanel(streams[name], WORKLOADS[name].about, n * panelHeight, xOf));
  const bottom = height - 12;
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => `<line class="grid" x1="${xOf(share)}" x2="${xOf(share)}" y1="14" y2="${bottom - 14}"/><text x="${xOf(share)}" y="${bottom}" text-anchor="middle">${share * 100} %</text>`);
  return svg(height, 'Throughput in Chromium, in parts of LIMIT', style('.bar{fill:#9aa4ae}.us{fill:#0b6bcb}', '.bar{fill:#6b7680}.us{fill:#6cb6ff}'), [...marks, ...panels]);
}

function barPanel({ clients, count, bytes }, title, top, xOf) {
  const bars = BAR_CLIENTS.map((client, n) => {
    const y = top + BARS.gap + n * BARS.step;
    const share = ratio(clients.limit, clients[client]);
    const width = share === undefined ? 0 : xOf(share) - xOf(0);
    return `<rect class="${client === 'lifeline' ? 'us' : 'bar'}" x="${xOf(0)}" y="${y}" width="${round(width)}" height="${BARS.height}"/><text x="${BARS.left - 8}" y="${y + 13}" text-anchor="end">${LABELS[client]}</text><text x="${round(xOf(0) + width + 6)}" y="${y + 13}">${speed(clients[client], count, bytes)}</text>`;
  });
  return [`<text x="${BARS.left}" y="${top + BARS.gap - 10}" font-weight="bold">${title}</text>`, ...bars].join('\n');
}

function speed({ ms, over }, count, bytes) {
  if (ms.length === 0) return over ? `over ${over / 1_000} s` : '–';
  const seconds = median(ms) / 1_000;
  if (count === 1) return `${Math.round(bytes / 1e6 / seconds)} MB/s`;
  return `${Number((count / seconds).toPrecision(2)).toLocaleString('en')} events/s`;
}

const CURVES = { left: 90, width: 640, top: 40, height: 300 };
const CURVE_CLIENTS = ['lifeline', 'eventsource-parser', 'fetch-event-source', 'graphql-sse'];
const CHUNK = 4_096;

/** Curves, both axes by powers: time for one event in chunks of 4 KB. */
export function drawSize({ node: { chunks } }) {
  const sizes = chunks[CHUNK];
  const points = (client) => Object.entries(sizes).flatMap(([size, { count, clients }]) => (clients[client].ms.length > 0 ? [[Number(size), median(clients[client].ms) / count]] : []));
  const all = CURVE_CLIENTS.flatMap(points);
  const x = scale(all.map(([size]) => size), CURVES.left, CURVES.width, Math.log2);
  const y = scale(all.map(([, ms]) => ms), CURVES.top + CURVES.height, -CURVES.height, Math.log10);
  const curves = CURVE_CLIENTS.map((client, n) => `<path class="c${n}" d="M${points(client).map(([size, ms]) => `${x.of(size)} ${y.of(ms)}`).join('L')}"/>`);
  const rows = y.marks.map((power) => `<line class="grid" x1="${CURVES.left}" x2="${CURVES.left + CURVES.width}" y1="${y.of(10 ** power)}" y2="${y.of(10 ** power)}"/><text x="${CURVES.left - 8}" y="${y.of(10 ** power) + 4}" text-anchor="end">${duration(10 ** power)}</text>`);
  const columns = Object.keys(sizes).map((size) => `<text x="${x.of(size)}" y="${CURVES.top + CURVES.height + 20}" text-anchor="middle">${size < MIB ? `${size / 1_024} KB` : `${size / MIB} MB`}</text>`);
  const title = `<text x="${CURVES.left + CURVES.width}" y="${CURVES.top - 14}" text-anchor="end">time for one event that arrives in chunks of 4 KB</text>`;
  return svg(435, 'Time against the size of an event that arrives in chunks of 4 KB', style(), [title, ...rows, ...columns, ...curves, ...CURVE_CLIENTS.map(legend)]);
}

/** From the power below the least to the power above the greatest. */
function scale(values, from, length, power) {
  const low = Math.floor(power(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(power(Math.max(...values))));
  return { of: (value) => round(from + (length * (power(value) - low)) / (high - low)), marks: Array.from({ length: high - low + 1 }, (_, n) => low + n) };
}

function duration(ms) {
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`;
}

function legend(client, n) {
  const [x, y] = [CURVES.left + (n % 2) * 320, 385 + Math.floor(n / 2) * 24];
  return `<path class="c${n}" d="M${x} ${y}h36"/><text x="${x + 46}" y="${y + 4}">${LABELS[client]}</text>`;
}

function svg(height, title, rules, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
<title id="title">${title}</title>
<style>${rules}</style>
${parts.join('\n')}
</svg>
`;
}

function round(value) {
  return Math.round(value * 10) / 10;
}
