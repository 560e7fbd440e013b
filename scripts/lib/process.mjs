/** Child processes: run, watched, and ended together with the script. */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, shown } from './paths.mjs';
import { Problem } from './problem.mjs';
import { family, living, send } from './process-tree.mjs';
import { seconds } from './step.mjs';

const TAIL = 60;
const GRACE_MS = 5_000;
const children = new Set();
let listening = false;
let stopping = false;
let endsWell = false;

/** Starts a program that ends with this one at the latest. */
export function start(command, args, { cwd = root, env = {}, stdio }) {
  endWithParent();
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
  children.add(child);
  child.once('close', () => children.delete(child));
  child.once('error', () => children.delete(child));
  return child;
}

/**
 * Runs a program to its end. Its output is kept and shown only if it fails (the last lines), or, with
 * `show: true`, goes straight through. `onLine` gets each line that is kept.
 * Returns what it wrote to stdout (nothing with `show`).
 */
export async function run(command, args, options = {}) {
  const { show = false, onLine = () => {}, timeoutMs } = options;
  const stdio = ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'];
  const child = start(command, args, { ...options, stdio });
  const kept = { stdout: [], tail: [] };
  if (!show) keepLines(child, kept, onLine);
  const ending = await ended(child, timeoutMs);
  if (ending.code === 0) return kept.stdout.join('\n');
  throw new Problem(`${written(command, args)} ${told(ending, timeoutMs)}${tailOf(kept.tail)}`);
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

function keepLines(child, kept, onLine) {
  for (const [name, stream] of [['stdout', child.stdout], ['stderr', child.stderr]]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (name === 'stdout') kept.stdout.push(line);
      kept.tail.push(line);
      if (kept.tail.length > TAIL) kept.tail.shift();
      onLine(line);
    });
  }
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
