/** A process and everything it started, so that none of it outlives the script that asked for it. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Sends a signal to `pid` and to all its descendants, as they are now. */
export function killTree(pid, signal) {
  for (const member of [pid, ...descendants(pid, byParent())]) {
    try {
      process.kill(member, signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // ESRCH: it has ended by itself
    }
  }
}

function descendants(pid, children) {
  return (children.get(pid) ?? []).flatMap((child) => [child, ...descendants(child, children)]);
}

function byParent() {
  const children = new Map();
  for (const [child, parent] of process.platform === 'linux' ? fromProc() : fromPs()) {
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  return children;
}

/** Every process as [pid, parent]. Not from `ps`, which a small Linux image does not have. */
function fromProc() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name stands in brackets and may hold anything; state and parent follow the last one.
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [[Number(pid), Number(parent)]];
    } catch {
      return []; // it ended while it was being looked at
    }
  });
}

function fromPs() {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return (stdout ?? '').trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number));
}
