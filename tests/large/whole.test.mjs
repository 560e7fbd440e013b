/** Large results arrive whole, over every transport. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { useLab } from '../e2e/support/lab.mjs';
import { useServer } from '../e2e/support/server.mjs';
import { TRANSPORTS } from '../resilience/support/chat.mjs';

const MIB = 2 ** 20;
/** A server that is not optimised takes its time over 64 MB. */
const LIMIT_MS = 60_000;
/** Of the client, for one larger than that. */
const RAISED = { maxBytes: 80 * MIB };

const server = useServer({ page: false });
const lab = useLab();

inBrowsers(({ test }) => {
  for (const transport of TRANSPORTS) {
    for (const [size, options] of [[8 * MIB, {}], [8 * MIB, { payload: { maxSegmentBytes: 16_384 } }], [64 * MIB, { payload: RAISED }]]) {
      test(`${transport}: ${size / MIB} MB${options.payload?.maxSegmentBytes ? ' in segments' : ''}`, async (t, newContext) => {
        await server.fresh();
        const page = await lab.open(newContext);
        const document = `subscription { ticks(everyMs: 1, bytes: ${size}, count: 1) { n padding } }`;
        await page.start('large', {
          url: server.graphql,
          transports: [transport],
          ...(transport === 'eventsource' && { method: 'GET' }),
          ...(transport === 'websocket' && { websocket: { url: server.graphql } }),
          ...options,
        }, document);
        const run = await eventually(() => page.call('lengths', 'large'), { completions: 1 }, LIMIT_MS);
        assert.deepEqual(run, { lengths: [size], errors: [], completions: 1, gaps: [] });
        await page.call('disposeClient', 'large');
        page.assertQuiet();
      }, { timeout: 90_000, long: size > 8 * MIB });
    }
  }
});
