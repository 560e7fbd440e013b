/** A process and everything it started, so that none of it outlives the script that asked for it. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** `pid` and all its descendants, as they are now: [{ pid, parent, born }]. */
export function family(pid) {
  const all = processes();
  const found = all.filter((one) => one.pid === pid);
  for (const member of found) found.push(...all.filter((one) => one.parent === member.pid)); // grows as it goes
  return found;
}

/** Which members still live. A number that another process got in the meantime is not one of them. */
export function living(members) {
  const all = processes();
  return members.filter(({ pid, born }) => all.some((one) => one.pid === pid && one.born === born));
}

export function send(members, signal) {
  for (const { pid } of living(members)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // ESRCH: it has ended by itself
    }
  }
}

function processes() {
  return process.platform === 'linux' ? fromProc() : fromPs();
}

/** Not from `ps`, which a small Linux image does not have. */
function fromProc() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // proc(5): the name stands in brackets and may hold anything; after it come state, parent, …
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z') return []; // ended, and waits for its parent to notice
      return [{ pid: Number(pid), parent: Number(fields[1]), born: fields[19] }];
    } catch {
      return []; // it ended while it was being looked at
    }
  });
}

function fromPs() {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,lstart='], { encoding: 'utf8' });
  return (stdout ?? '').trim().split('\n').map((line) => {
    const [pid, parent, ...born] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), born: born.join(' ') };
  });
}
