/** Runs files of Node's tests, several at once: what each has to say is shown as it ends, and a failure tells what failed. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { quoted } from './failures.mjs';
import { inRoot, shown } from './paths.mjs';
import { Problem } from './problem.mjs';
import { say } from './step.mjs';

/**
 * `sh` runs a program quietly, as `run` does; `env` is added to the tests' environment;
 * `show` gets what each file has to say, as it ends.
 */
export async function runNodeTests(sh, files, { filesAtOnce = 1, env = {}, show = say } = {}) {
  const waiting = [...files];
  const failures = [];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) failures.push(...(await runFile(sh, file, env, show)));
  };
  await Promise.all(Array.from({ length: filesAtOnce }, worker));
  if (failures.length > 0) throw new Problem(`${failures.length} failed.`, { failures });
}

/** The failures of one file, which is a program by itself. */
async function runFile(sh, file, env, show) {
  const folder = await mkdtemp(join(tmpdir(), 'lifeline-tests-'));
  const failing = join(folder, 'failing');
  const reporters = [['spec', 'stdout'], [inRoot('scripts/lib/failing.mjs'), failing]];
  const reporting = reporters.flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`]);
  const lines = [];
  try {
    await sh('node', [...reporting, file], { env, onLine: (line) => lines.push(line) });
    return [];
  } catch {
    const told = (await readFile(failing, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    if (told.length > 0) return told.map((line) => failure(file, JSON.parse(line)));
    return [{ name: basename(file), place: shown(file), lines, end: true, command: alone(file) }];
  } finally {
    show(`\n${shown(file)}\n${lines.join('\n')}\n`);
    await rm(folder, { recursive: true });
  }
}

/** From what failing.mjs has written. */
function failure(file, { name, parents, lines }) {
  return { name: [...parents, name].join(', '), place: shown(file), lines, command: alone(file, name, parents[0]) };
}

/** The command that runs a test and no other: in its file, by its name, in its browser. */
function alone(file, name, outermost = '') {
  const browser = /^(chromium|firefox)\b/.exec(outermost)?.[0];
  const where = `${process.env.LIFELINE_LONG ? 'LIFELINE_LONG=1 ' : ''}${browser === undefined ? '' : `LIFELINE_BROWSER=${browser} `}`;
  const pattern = name === undefined ? '' : `--test-name-pattern=${quoted(`^${escaped(name)}$`)} `;
  return `${where}node --test ${pattern}${quoted(shown(file))}`;
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
