/** Nothing is left behind: no memory in this process, no connection on the server. */

import assert from 'node:assert/strict';
import { createClient } from '../../dist/index.js';
import { startServer } from '../../scripts/lib/server.mjs';
import { runChild } from './support/child.mjs';
import { poll, Recorder } from './support/notices.mjs';
import { test } from './support/test.mjs';

/** The first round is warm-up, and not measured. */
const ROUNDS = 5;
/** graphql-sse leaves 3,000. */
const BYTES_A_CYCLE = 60;
const LIMIT_MS = 120_000;

async function measure(stage, cycles, ...leak) {
  const report = await runChild('leaks-child.mjs', [ROUNDS, cycles / (ROUNDS - 1), stage, ...leak], { flags: ['--expose-gc'], limitMs: LIMIT_MS });
  return { ...report, perCycle: (report.heaps.at(-1) - report.heaps[0]) / cycles };
}

for (const [stage, cycles] of [['sync', 40_000], ['connected', 16_000], ['result', 40_000], ['healed', 16_000], ['cut', 16_000], ['refused', 16_000]]) {
  test(`${cycles} operations that end at the stage "${stage}" leave no memory behind`, async (t) => {
    const { perCycle, wasm, operations, attempts, closed } = await measure(stage, cycles);
    t.diagnostic(`${perCycle.toFixed(1)} bytes of heap a cycle; module: ${wasm.map((bytes) => bytes / 1024).join(', ')} KiB`);
    assert.ok(perCycle < BYTES_A_CYCLE, `${perCycle} bytes of heap a cycle`);
    assert.equal(wasm.at(-1), wasm[0], `the module's memory grew: ${wasm}`);
    assert.equal(operations, 0);
    assert.equal(attempts, cycles * (ROUNDS / (ROUNDS - 1)));
    if (['connected', 'result', 'healed'].includes(stage)) assert.equal(closed, attempts, 'every fetch was aborted');
  }, LIMIT_MS);
}

test('the measurement notices a leak', async () => {
  const { perCycle, kept } = await measure('result', 16_000, 'leak');
  assert.ok(kept > 0);
  assert.ok(perCycle > BYTES_A_CYCLE * 2, `${perCycle} bytes of heap a cycle`);
}, LIMIT_MS);

test('2,000 real operations leave no connection on the server', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const client = createClient({ url: `${server.url}/graphql` });
  t.after(() => client.dispose());
  const stats = async () => (await fetch(`${server.url}/stats`)).json();
  const request = { query: 'subscription { ticks(everyMs: 1) { n } }' };
  const stages = [
    async (sink, dispose) => dispose(),
    async (sink, dispose, connected) => connected.then(dispose),
    async (sink, dispose) => sink.count(1).then(dispose),
    async (sink, dispose) => sink.count(3).then(dispose),
  ];
  for (let n = 0; n < 2_000; n += 40) {
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const sink = new Recorder();
        let dispose;
        const connected = new Promise((resolve) => (dispose = client.subscribe(request, sink, { connected: resolve })));
        await stages[i % stages.length](sink, dispose, connected);
        await sink.completed();
      }),
    );
  }
  const { sse, operations } = await poll(async () => {
    const now = await stats();
    return now.sse.live === 0 && now.operations.live === 0 && now;
  });
  assert.deepEqual([sse.live, operations.live], [0, 0]);
  assert.ok(sse.opened >= 1_500, `${sse.opened} were opened`);
  assert.equal(sse.opened, sse.ended + sse.cut);
  assert.equal(client.snapshot().operations.length, 0);
}, 60_000);
