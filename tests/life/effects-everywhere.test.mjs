/**
 * Mutations under every fault that the server knows: each is executed once and answered, or not executed, or ends
 * with an error that says that nobody knows. The server counts executions.
 */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { BROKEN } from '../e2e/support/complaints.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { useLab } from '../e2e/support/lab.mjs';
import { useServer } from '../e2e/support/server.mjs';

const server = useServer({ page: false });
const lab = useLab();
const SEND = 'mutation { send(author: "Ann", text: "once") { id } }';
const HANGS = { connectTimeoutMs: 400 };
/** Executed, and the answer is lost: the connection tells so only when it breaks. */
const LOST = { order: { profile: 'stall-source' } };

/**
 * By the server's name: what is ordered before the mutation (the profile itself, unless it says otherwise), `behind` what
 * is ordered once it was executed, and what the client is given beside its defaults.
 */
const PROFILES = {
  'cut': { ...LOST, behind: { profile: 'cut' } },
  'clean-end': { ...LOST, behind: { profile: 'clean-end' } },
  'stall': { behind: 'dispose' }, // silent for good; what may not be sent again is not replaced
  'stall-source': { behind: { profile: 'cut' } },
  'half-open': { options: HANGS },
  'hold': { options: HANGS },
  'headers-only': { options: HANGS },
  'flap': {},
  'slow': {},
  'buffer': {},
  'status': { order: { profile: 'status', status: 500, times: 100 } },
  'status-401': { order: { profile: 'status-401', times: 100 } },
  'status-429': { order: { profile: 'status-429', times: 100 } },
  'status-503': { order: { profile: 'status-503', times: 100 } },
  'portal': { order: { profile: 'portal', times: 100 } },
  'no-stream': { order: { profile: 'no-stream', status: 405 } }, // with 200 its JSON would be the mutation's result
  'throws': { order: { profile: 'throws', events: 0 } },
  'closes': { order: { profile: 'closes', code: 1011 } },
  'replay': {},
  'reorder': {},
  'drop': { order: { profile: 'drop', every: 1 } },
  'large-crash': { order: { profile: 'large-crash', bytes: 1 } },
  'segment-lost': {}, // no answer here is as long as that
  'segment-swapped': {},
  'segment-twice': {},
  'segment-damaged': {},
  'segment-stuck': {},
  'balancer': {},
  'token-expires': {},
  'ws-down': {},
  'all-down': {},
  'script': { order: { profile: 'script', steps: [{ afterMs: 0, profile: 'stall-source', on: 'all' }, { afterMs: 300, profile: 'cut', on: 'all' }] } },
};
/** Those that say themselves whom they befall. */
const FIXED = ['closes', 'token-expires', 'ws-down', 'all-down', 'script'];
const STREAMS_ONLY = ['buffer', 'no-stream', 'large-crash', 'balancer'];
/** Codes that say that nothing was executed; the others have to say that it is unknown. */
const REFUSED = ['http', 'unauthorized', 'content-type'];
/** How a mutation goes: through `subscribe` by a transport, reserved streams too, or as a plain request. */
const WAYS = {
  'fetch': { transports: ['fetch'] },
  'a shared stream': { singleConnection: true },
  'websocket': { transports: ['websocket'] },
  'execute': {}, // a plain request: most faults do not befall it
};
const PATIENCE_MS = 1_500;
const QUICK = { backoff: { initialMs: 20, maxMs: 100 }, breaker: { minHealthyMs: 300, openMs: 300, maxOpenMs: 300 }, retryBudget: { capacity: 50, perSecond: 50 } };

inBrowsers(({ test }) => {
  test('the table has every profile that the server has', async () => {
    const { faults } = await server.stats();
    assert.deepEqual(Object.keys(PROFILES).sort(), Object.keys(faults).sort());
  });

  for (const [way, options] of Object.entries(WAYS)) {
    test(`${way}: a mutation is executed once, or its error says that it was not, or that nobody knows`, async (t, newContext) => {
      const page = await lab.open(newContext);
      const told = [];
      for (const [profile, plan] of Object.entries(PROFILES)) {
        if (way === 'websocket' && STREAMS_ONLY.includes(profile)) continue;
        await server.fresh();
        const { error, executed } = await once(page, way, options, profile, plan).catch((failure) => {
          throw new Error(`${profile}: ${failure.message}`, { cause: failure });
        });
        told.push(`${profile}: ${error?.code ?? 'answered'}, executed ${executed}`);
        assert.ok(executed <= 1, `${profile}: executed ${executed} times`);
        if (error === undefined) assert.equal(executed, 1, `${profile}: answered, and not executed`);
        else if (REFUSED.includes(error.code)) assert.equal(executed, 0, `${profile}: ${error.code}, and executed all the same`);
        else assert.deepEqual([/whether it was executed is unknown/.test(error.message), error.retryable], [true, false], `${profile}: ${error.message}`);
      }
      t.diagnostic(told.join('; '));
      page.assertQuiet(BROKEN);
    }, { timeout: 120_000 });
  }
});

/** One mutation under one fault, until it has ended and the server is rid of it. */
async function once(page, way, options, profile, { order, behind, options: more }) {
  const on = FIXED.includes(profile) || STREAMS_ONLY.includes(profile) ? {} : { on: way === 'execute' && profile === 'hold' ? 'all' : side(way) };
  await server.fault({ profile, ...on, ...order });
  await page.call('create', profile, { url: server.graphql, stall: false, ...(way === 'websocket' && { websocket: { url: server.socket } }), ...QUICK, ...options, ...more });
  const run = way === 'execute' ? 'mutate' : 'subscribe';
  await page.call(run, profile, SEND, profile);
  const ended = async () => {
    const { errors, completions } = await page.call('look', profile);
    return errors.length + completions === 1;
  };
  const executions = async () => (await server.stats()).operations.executed.send;
  // Firefox shows no head before the first byte, so that a stream may be open and nobody knows.
  const isUnderWay = async () => behind === undefined && ((await struck(profile, order)) || (await server.stats()).sse.opened > 0);
  await eventually(async () => (await ended()) || (await executions()) > 0 || (await isUnderWay()), true);
  if (behind === 'dispose') await page.call('dispose', profile);
  else if (behind !== undefined) {
    await eventually(async () => (await server.stats()).faults['stall-source'] > 0 || (await ended()), true);
    await server.fault({ ...behind, on: 'all' });
  }
  // What was not sent yet waits for its socket, or for the stream that it is to share, as long as the fault lasts.
  if (way === 'websocket' || way === 'a shared stream') await eventually(ended, true, PATIENCE_MS).catch(() => server.fault({ profile: 'none' }));
  await eventually(ended, true);
  await server.fault({ profile: 'none' });
  const { errors, completions, results } = await page.call('look', profile);
  await page.call('disposeClient', profile);
  await eventually(() => server.stats(), { held: 0, sse: { live: 0 }, ws: { live: 0 }, operations: { live: 0 } });
  assert.equal(errors.length + completions, 1, `one end: ${JSON.stringify({ errors, completions, results })}`);
  return { error: errors[0], executed: await executions() };
}

const side = (way) => (way === 'websocket' ? 'ws' : 'sse');

async function struck(profile, order) {
  const { faults } = await server.stats();
  return faults[profile] > 0 || (order !== undefined && faults[order.profile] > 0);
}
