/**
 * Fifty operations lose their server: they do not storm it.
 *
 * coder/coder#24096: clients that came back in lockstep made an outage worse.
 */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { useLab } from '../e2e/support/lab.mjs';
import { useServer } from '../e2e/support/server.mjs';
import { CONTINUITY, MESSAGES, YOUNG } from './support/chat.mjs';

const server = useServer({ page: false });
const lab = useLab();
const COUNT = 50;
const BUDGET = { capacity: 10, perSecond: 10 };
const OPTIONS = {
  backoff: { initialMs: 20, maxMs: 100 },
  breaker: YOUNG,
  retryBudget: BUDGET,
};

inBrowsers(({ test }) => {
  test('fifty operations on one socket that flaps: no more sockets than the budget allows, and all come back whole', async (t, newContext) => {
    const page = await started(newContext, { transports: ['websocket'], websocket: { url: server.socket }, continuity: CONTINUITY });
    await everyone(page, { live: COUNT });
    await server.send('before');
    await everyone(page, { ids: (ids) => ids.every((own) => own.length === 1) });
    const allowed = allowance();
    await server.fault({ profile: 'flap', ms: 100, on: 'ws' });
    await server.fault({ profile: 'cut', on: 'ws' });
    await everyone(page, { breakers: (moves) => moves.filter((move) => move === 'websocket open').length >= 2 });
    const { ws } = await server.stats();
    assert.ok(ws.requests <= 1 + allowed(), `${ws.requests} sockets, ${allowed()} allowed`);
    await server.send('meanwhile');
    await server.fault({ profile: 'none' });
    await everyone(page, { live: COUNT, ids: (ids) => ids.every((own) => own.length === 2) });
    await server.send('after');
    await everyone(page, { ids: (ids) => ids.every((own) => own.length === 3) });
    const { ids, errors, unhealed } = await page.call('lookAll', 'all');
    assert.deepEqual([new Set(ids.map(String)), errors, unhealed], [new Set(['1,2,3']), [], 0]);
    await eventually(() => server.stats(), { ws: { live: 1 }, operations: { live: COUNT } });
    await ended(page);
  });

  test('fifty operations by fetch on a server that flaps: no more requests than the budget allows', async (t, newContext) => {
    const allowed = allowance();
    const page = await started(newContext, { transports: ['fetch'] }, { profile: 'flap', ms: 100 });
    await everyone(page, { breakers: (moves) => moves.filter((move) => move === 'fetch open').length >= 3 });
    const { sse } = await server.stats();
    assert.ok(sse.requests <= COUNT + allowed(), `${sse.requests} requests, ${COUNT + allowed()} allowed`);
    await server.fault({ profile: 'none' });
    await everyone(page, { live: (live) => live >= 4 }); // as many as maxStreams allows
    await ended(page);
  });
});

async function started(newContext, options, fault = { profile: 'none' }) {
  await server.fresh();
  await server.fault(fault);
  const page = await lab.open(newContext);
  await page.call('create', 'all', { url: server.graphql, ...OPTIONS, ...options });
  await page.call('swarm', 'all', MESSAGES, COUNT);
  return page;
}

const everyone = (page, expected) => eventually(() => page.call('lookAll', 'all'), expected);

/** How many attempts the budget allows from now until it is asked. */
function allowance() {
  const began = performance.now();
  return () => BUDGET.capacity + Math.ceil(((performance.now() - began) / 1000) * BUDGET.perSecond);
}

async function ended(page) {
  await page.call('disposeClient', 'all');
  await eventually(() => server.stats(), { sse: { live: 0 }, ws: { live: 0 }, operations: { live: 0 } });
  await everyone(page, { completions: COUNT, errors: [] });
  page.assertQuiet();
}
