/** Clients in Chromium, each in a window of its own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_ARGS, need } from '../scripts/lib/browsers.mjs';
import { Problem } from '../scripts/lib/problem.mjs';
import { start, stop } from '../scripts/lib/process.mjs';
import { Cdp } from './cdp.mjs';

const STARTUP_MS = 30_000;
/** What is behind another window works as if it were not. */
const ARGS = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--disable-dev-shm-usage',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-extensions',
];

export class Chromium {
  name = 'chromium';

  static async launch(server) {
    const profile = await mkdtemp(join(tmpdir(), 'lifeline-bench-'));
    const child = start(need('chromium'), [...CHROMIUM_ARGS, ...ARGS, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const chromium = Object.assign(new Chromium(), { child, profile, server });
    try {
      chromium.cdp = await Cdp.connect(await endpoint(child));
      const { product } = await chromium.cdp.send('Browser.getVersion');
      chromium.version = product.replace('/', ' ').replace('Headless', '');
      return chromium;
    } catch (error) {
      await chromium.close();
      throw error;
    }
  }

  async open(client) {
    return new Window(client, await this.cdp.open(this.server, 'globalThis.bench')).begin();
  }

  async close() {
    this.cdp?.close();
    await stop(this.child);
    await rm(this.profile, { recursive: true, force: true });
  }
}

/** One client. */
class Window {
  constructor(client, page) {
    Object.assign(this, { client, page });
  }

  async begin() {
    await this.page.send('Performance.enable');
    return this;
  }

  prepare(job) {
    return this.#call('prepare', job);
  }

  /** Calls one of the page's functions after a collection; its answer, and the CPU time of the window's process. */
  async run(call, job) {
    await this.page.send('Page.bringToFront');
    await this.collect();
    const before = await this.#cpuMs();
    const result = await this.#call(call, job);
    return { ...result, cpuMs: (await this.#cpuMs()) - before };
  }

  /** The same under the profiler, to which JSON.parse is a function of its own; with the profile. */
  async profile(call, job, interval) {
    await this.page.call('bench.nameJsonParse()');
    await this.page.send('Profiler.enable');
    await this.page.send('Profiler.setSamplingInterval', { interval });
    await this.page.send('Profiler.start');
    const result = await this.run(call, job);
    return { result, ...(await this.page.send('Profiler.stop')) };
  }

  async collect() {
    await this.page.send('HeapProfiler.collectGarbage');
  }

  /** What is left after a collection: bytes of JavaScript's heap, and of WebAssembly's memories. */
  async memory() {
    await this.collect();
    await this.collect();
    const { usedSize } = await this.page.send('Runtime.getHeapUsage');
    return { heap: usedSize, wasm: await this.page.call('bench.wasmBytes()') };
  }

  close() {
    return this.page.close();
  }

  #call(call, job) {
    return this.page.call(`bench.${call}(${JSON.stringify(this.client)}, ${JSON.stringify(job)})`);
  }

  async #cpuMs() {
    const { metrics } = await this.page.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ProcessTime').value * 1_000;
  }
}

function endpoint(child) {
  return new Promise((resolve, reject) => {
    const fail = (what) => reject(new Problem(`Chromium did not start: ${what}.`));
    const timer = setTimeout(() => fail(`it did not say within ${STARTUP_MS / 1_000} s where it listens`), STARTUP_MS);
    child.once('error', ({ message }) => fail(message));
    child.once('close', (code) => fail(`it ended with exit code ${code}`));
    createInterface({ input: child.stderr }).on('line', (line) => {
      const url = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    });
  });
}
