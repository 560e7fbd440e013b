/** The tables: for a terminal, and for README.md. */

import { table } from '../scripts/lib/table.mjs';
import { LABELS } from './names.mjs';
import { median, ratio } from './numbers.mjs';
import { PARTS } from './profile.mjs';
import { targets } from './targets.mjs';
import { WORKLOADS } from './workloads.mjs';

const KIB = 1_024;
const MIB = 1 << 20;

/** Everything that was measured, for a terminal. */
export function told(results) {
  const { chromium = {}, node = {}, quick } = results;
  const parts = [
    [chromium.streams, 'Streams in Chromium: wall time (CPU time), × LIMIT', (streams) => streamRows(streams, both)],
    [node.streams, 'Streams in Node: wall time (CPU time), × LIMIT', (streams) => streamRows(streams, both)],
    [chromium.sockets, 'One socket in Chromium: µs a result, by the number of subscriptions', socketRows],
    [node.sockets, 'One socket in Node: µs a result, by the number of subscriptions', socketRows],
    ...Object.entries(node.chunks ?? {}).map(([bytes, sizes]) => [sizes, `Parsing alone in Node, in chunks of ${bytes / KIB} KB: ms an event`, chunkRows]),
    [node.peak, 'Peak of memory for one event in Node: growth in MB', peakRows],
    [chromium.calm, 'A flood of small results in Chromium: the longest of all rounds, in ms', calmRows],
    [chromium.floods, 'What floods leave behind in Chromium: KB of heap (of WebAssembly), before and behind each', floodRows],
    ...Object.entries(chromium.profile ?? {}).map(([name, clients]) => [clients, `Where the time goes in Chromium: ${WORKLOADS[name].about}, in ms`, profileRows]),
    [node.churn, 'Subscribe and dispose at the first result, in Node', churnRows],
    [!quick && isWhole(results) && results, 'Targets', targetRows],
  ];
  return parts.filter(([measured]) => measured).map(([measured, title, rows]) => `${title}\n\n${table(rows(measured).map((row) => row.map(String)))}`).join('\n\n');
}

/** Was everything measured that the targets are about? */
function isWhole({ chromium, node }) {
  return Boolean(chromium?.streams?.lines && chromium.sockets && chromium.calm && chromium.floods && chromium.profile && node?.chunks && node.churn && node.peak);
}

/** What README.md shows. */
export function written(results) {
  const { chromium, rounds, cores, versions } = results;
  const misses = targets(results).filter(({ met }) => met === false).length;
  return [
    `${versions.join(', ')} on ${cores} cores; ${rounds} rounds; the samples are in [bench/results.json](bench/results.json).`,
    'End to end in Chromium, wall time, × LIMIT:',
    markdown(streamRows(chromium.streams, wall)),
    '![Throughput of each client in Chromium](docs/bench-throughput.svg)',
    'Events that arrive in chunks of 4 KB, parsed alone, in Node:',
    '![Time against the size of an event](docs/bench-size.svg)',
    `Targets${misses === 0 ? ', all met' : ''}:`,
    markdown(targetRows(results)),
    ...Object.entries(chromium.profile).flatMap(([name, clients]) => [`Where the time goes: ${WORKLOADS[name].about}, in ms, under the profiler:`, markdown(profileRows(clients))]),
    'A thousand subscriptions on one socket, in µs a result:',
    markdown(socketRows(chromium.sockets)),
    'While 100,000 small results come in, the longest that the page had to wait, in ms:',
    markdown(calmRows(chromium.calm)),
  ].join('\n\n');
}

/** A row for each part, a column for each client. */
function profileRows(clients) {
  const parts = Object.values(clients);
  const cells = (at) => parts.map((each) => Math.round(each[at]));
  const sum = parts.map((each) => Math.round(each.reduce((a, b) => a + b, 0)));
  return [['', ...Object.keys(clients).map((client) => LABELS[client])], ...PARTS.map(([part], at) => [part, ...cells(at)]), ['together', ...sum]];
}

/** LIMIT in figures of its own, everybody else beside it. */
function streamRows(streams, cell) {
  const names = Object.keys(streams);
  const clients = Object.keys(Object.values(streams)[0].clients);
  const head = ['', ...names.map((name) => WORKLOADS[name].about)];
  const limits = [LABELS.limit, ...names.map((name) => absolute(streams[name]))];
  const others = clients.filter((client) => client !== 'limit').map((client) => [LABELS[client], ...names.map((name) => cell(streams[name].clients, client))]);
  return [head, limits, ...others];
}

function absolute({ clients, count, bytes }) {
  const ms = median(clients.limit.ms);
  if (count === 1) return `${Math.round(ms)} ms`;
  return `${Math.round(ms)} ms (${Math.round(bytes / ms / 1_000)} MB/s)`;
}

function wall(clients, client) {
  const { [client]: samples, limit } = clients;
  if (samples.over) return `over ${samples.over / 1_000} s`;
  return figure(ratio(samples, limit));
}

function both(clients, client) {
  const cpu = ratio(clients[client], clients.limit, 'cpuMs');
  return cpu === undefined || !Number.isFinite(cpu) ? wall(clients, client) : `${wall(clients, client)} (${figure(cpu)})`;
}

function figure(value) {
  if (value === undefined) return '–';
  return value.toFixed(value < 10 ? 2 : 1);
}

function socketRows(sockets) {
  const counts = Object.keys(sockets);
  const clients = Object.keys(Object.values(sockets)[0].clients);
  const each = (count, client) => figure(over(sockets[count].clients[client], sockets[count].count / 1_000));
  return [['', ...counts.map((count) => Number(count).toLocaleString('en'))], ...clients.map((client) => [LABELS[client], ...counts.map((count) => each(count, client))])];
}

function over({ ms }, count) {
  return ms.length === 0 ? undefined : median(ms) / count;
}

function chunkRows(sizes) {
  const clients = Object.keys(Object.values(sizes)[0].clients);
  const cell = (size, client) => {
    const { count, clients: { [client]: samples } } = sizes[size];
    return samples.over ? `> ${samples.over}` : figure(over(samples, count));
  };
  return [['', ...Object.keys(sizes).map(bytes)], ...clients.map((client) => [LABELS[client], ...Object.keys(sizes).map((size) => cell(size, client))])];
}

function bytes(size) {
  return size < MIB ? `${size / KIB} KB` : `${size / MIB} MB`;
}

function peakRows(peak) {
  const clients = [...new Set(Object.values(peak).flatMap(Object.keys))];
  return [['', ...Object.keys(peak).map(bytes)], ...clients.map((client) => [LABELS[client], ...Object.values(peak).map((runs) => (median(runs[client]) / MIB).toFixed(1))])];
}

function calmRows(calm) {
  const cell = (values) => Math.round(Math.max(...values));
  const rows = Object.entries(calm).map(([client, { taskMs, timerMs, frameMs, longTasks }]) => [LABELS[client], cell(taskMs) || 'none', median(longTasks), cell(timerMs), cell(frameMs)]);
  return [['', 'longest task over 50 ms', 'such tasks', 'a timer', 'a frame'], ...rows];
}

function floodRows(floods) {
  const kb = (value) => Math.round(value / KIB);
  const head = ['', 'before', ...Object.values(floods)[0].heap.slice(1).map((_, n) => `flood ${n + 1}`)];
  return [head, ...Object.entries(floods).map(([client, { heap, wasm }]) => [LABELS[client], ...heap.map((value, n) => `${kb(value)} (${kb(wasm[n])})`)])];
}

function churnRows(churn) {
  const rows = Object.entries(churn).map(([client, { cycles, bytes: left, wasm }]) => [LABELS[client], cycles.toLocaleString('en'), left.toFixed(1), wasm]);
  return [['', 'cycles', 'bytes of heap each', 'bytes of WebAssembly'], ...rows];
}

function targetRows(results) {
  const verdicts = new Map([[true, 'met'], [false, 'NOT MET'], [undefined, 'not measured']]);
  return [['', 'target', 'measured', ''], ...targets(results).map(({ what, target, shown, met }) => [what, target, shown, verdicts.get(met)])];
}

function markdown([head, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, n) => (n === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
