/** Child processes: run, watched, and ended together with the script. */

import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { root, shown } from './paths.mjs';
import { Problem } from './problem.mjs';
import { family, living, send } from './process-tree.mjs';
import { seconds } from './step.mjs';

/** So many last lines are told of a program that failed; so many are kept of one whose output was shown. */
const TAIL = 60;
const TAIL_OF_SHOWN = 5_000;
const GRACE_MS = 5_000;
const children = new Set();
let listening = false;
let stopping = false;
let endsWell = false;

/** Starts a program that ends with this one at the latest. */
export function start(command, args, { cwd = root, env = {}, stdio, niceness }) {
  endWithParent();
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
  if (niceness !== undefined && child.pid !== undefined) setPriority(child.pid, niceness); // what it starts inherits it
  children.add(child);
  child.once('close', () => children.delete(child));
  child.once('error', () => children.delete(child));
  return child;
}

/**
 * Runs a program to its end. Its output is kept and told only if it fails (the last lines). With `show: true` it
 * is shown as it comes, with `show: 'after'` as a whole at its end, and kept for whoever catches the failure
 * (`output`). `onLine` gets each line. `niceness`: from 0, as always, to 19, what others leave over.
 * Returns what it wrote to stdout (nothing with `show`).
 */
export async function run(command, args, options = {}) {
  const { show = false, onLine = () => {}, timeoutMs } = options;
  const env = { ...(show && colours()), ...options.env };
  const child = start(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const kept = keepLines(child, { show, onLine });
  const ending = await ended(child, timeoutMs);
  if (show === 'after') console.log(kept.tail.join('\n'));
  if (ending.code === 0) return kept.stdout.join('\n');
  const what = `${written(command, args)} ${told(ending, timeoutMs)}`;
  throw show ? new Problem(what, { output: kept.tail }) : new Problem(what + tailOf(kept.tail));
}

/** Ends a program that `start` started, with all it started, and waits until they are gone. */
export async function stop(child, graceMs = GRACE_MS) {
  if (!lives(child)) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const members = family(child.pid);
  send(members, 'SIGTERM');
  await haveEnded(members, graceMs);
  send(members, 'SIGKILL');
  await haveEnded(members, GRACE_MS); // a signal is answered when its receiver next runs, not when it is sent
  await gone;
}

async function haveEnded(members, withinMs) {
  const deadline = performance.now() + withinMs;
  while (living(members).length > 0 && performance.now() < deadline) await sleep(20);
}

/** Ends every program that is still running. */
export async function stopAll() {
  await Promise.all([...children].map((child) => stop(child)));
}

/** Being told to stop is how this program normally ends: exit code 0. */
export function endsByStopping() {
  endsWell = true;
}

/** Was this program told to stop? Then its children end without having failed. */
export function isStopping() {
  return stopping;
}

/** A command as one would type it. */
export function written(command, args) {
  const words = [shown(command), ...args.map((arg) => String(arg).replaceAll(root, ''))];
  return `\`${words.map((word) => (/[\s"'$*]/.test(word) ? `'${word}'` : word)).join(' ')}\``;
}

function lives(child) {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** A program that writes into a pipe does not know that a terminal is behind it. */
function colours() {
  return process.stdout.isTTY ? { FORCE_COLOR: '1', CARGO_TERM_COLOR: 'always' } : {};
}

function keepLines(child, { show, onLine }) {
  const kept = { stdout: [], tail: [] };
  const most = show ? TAIL_OF_SHOWN : TAIL;
  for (const name of ['stdout', 'stderr']) {
    if (show === true) child[name].on('data', (chunk) => process[name].write(chunk));
    createInterface({ input: child[name] }).on('line', (line) => {
      if (name === 'stdout' && !show) kept.stdout.push(line);
      kept.tail.push(stripVTControlCharacters(line));
      if (kept.tail.length > most) kept.tail.shift();
      onLine(line);
    });
  }
  return kept;
}

function ended(child, timeoutMs) {
  return new Promise((resolve) => {
    let hung = false;
    const hang = () => ((hung = true), stop(child));
    const timer = timeoutMs === undefined ? undefined : setTimeout(hang, timeoutMs);
    const settle = (ending) => (clearTimeout(timer), resolve({ ...ending, hung }));
    child.once('error', (error) => settle({ error }));
    child.once('close', (code, signal) => settle({ code, signal }));
  });
}

function told({ error, code, signal, hung }, timeoutMs) {
  if (hung) return `was ended after ${seconds(timeoutMs)}: it seems to hang.`;
  if (error?.code === 'ENOENT') return 'could not be started: there is no such program on PATH.';
  if (error) return `could not be started: ${error.message}.`;
  return signal ? `was ended by ${signal}.` : `failed with exit code ${code}.`;
}

function tailOf(lines) {
  if (lines.length === 0) return '';
  return ` Its last lines:\n${lines.map((line) => `  | ${line}`).join('\n')}`;
}

/** On a signal or at the end of this program, its children end as well. */
function endWithParent() {
  if (listening) return;
  listening = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, async () => {
      stopping = true;
      await stopAll();
      process.exit(endsWell ? 0 : 128 + constants.signals[signal]);
    });
  }
  process.once('exit', () => {
    for (const child of children) if (lives(child)) send(family(child.pid), 'SIGKILL');
  });
}
