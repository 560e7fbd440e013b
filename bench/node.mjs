/** Clients in Node, each in a process of its own. */

import { inRoot } from '../scripts/lib/paths.mjs';
import { start, stop } from '../scripts/lib/process.mjs';

export class Node {
  name = 'node';
  version = `Node ${process.version}`;

  async open(client) {
    return new Child(client);
  }

  async close() {}
}

class Child {
  constructor(client) {
    this.client = client;
    this.child = start(process.execPath, ['--expose-gc', inRoot('bench/child.mjs'), client], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  }

  prepare(job) {
    return this.run('prepare', job);
  }

  /** Calls one of the child's functions after a collection; its answer, and the process's CPU time. */
  run(call, job) {
    return new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`the process ended with exit code ${code}`));
      this.child.once('close', ended);
      this.child.once('message', ({ result, error }) => {
        this.child.off('close', ended);
        if (error === undefined) resolve(result);
        else reject(new Error(error));
      });
      this.child.send({ call, job });
    });
  }

  /** What is left after a collection: bytes of JavaScript's heap, and of WebAssembly's memories. */
  memory() {
    return this.run('heap', {});
  }

  /** Bytes that the process holds after a collection. */
  held() {
    return this.run('held', {});
  }

  /** The most that it has held since, in bytes. */
  peak() {
    return this.run('peak', {});
  }

  close() {
    return stop(this.child);
  }
}
