/**
 * A browser's six connections to an origin, over HTTP/1.1, for all its tabs together.
 *
 * freenet/freenet-core#5213: the seventh tab's request is never answered, and nothing tells.
 */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { useLab } from '../e2e/support/lab.mjs';
import { useServer } from '../e2e/support/server.mjs';
import { CONTINUITY, MESSAGES } from '../resilience/support/chat.mjs';

const server = useServer({ page: false });
const lab = useLab();
const COUNT = 40;
const QUICK = {
  backoff: { initialMs: 20, maxMs: 100 },
  breaker: { minHealthyMs: 300, openMs: 300, maxOpenMs: 300 },
  retryBudget: { capacity: 50, perSecond: 50 },
};

const everyone = (page, expected) => eventually(() => page.call('lookAll', 'all'), expected);
const each = (count) => (ids) => ids.every((own) => own.length === count);
const latest = async (page) => (await page.call('execute', 'all', '{ latest }')).data.latest;

async function forty(newContext, options) {
  await server.fresh();
  const page = await lab.open(newContext);
  await page.call('create', 'all', { url: server.graphql, continuity: CONTINUITY, ...QUICK, ...options });
  await page.call('swarm', 'all', MESSAGES, COUNT);
  return page;
}

/** All hear each message once; a query is answered meanwhile. */
async function chats(page) {
  await everyone(page, { live: COUNT });
  await server.send('one');
  await everyone(page, { ids: each(1) });
  assert.equal(await latest(page), 1);
  await server.send('two');
  const { ids, errors } = await everyone(page, { ids: each(2) });
  assert.deepEqual([new Set(ids.map(String)), errors], [new Set(['1,2']), []]);
}

async function ended(page) {
  await page.call('disposeClient', 'all');
  await eventually(() => server.stats(), { sse: { live: 0 }, ws: { live: 0 }, operations: { live: 0 } });
}

inBrowsers(({ test }) => {
  for (const [singleConnection, streams] of [[true, 1], ['auto', 4]]) {
    test(`forty subscriptions and a query over HTTP/1.1, singleConnection ${singleConnection}`, async (t, newContext) => {
      const page = await forty(newContext, { singleConnection });
      await chats(page);
      const { sse } = await server.stats();
      assert.equal(sse.live, streams);
      await server.fault({ profile: 'cut' });
      await server.send('three');
      await everyone(page, { live: COUNT, ids: each(3) });
      await ended(page);
    });
  }

  test('without a shared stream the others wait, are told, and come in turn; a query is answered', async (t, newContext) => {
    const page = await forty(newContext, {});
    await everyone(page, { live: 4, limits: (limits) => limits.filter((action) => action === 'wait').length === COUNT - 4 });
    assert.equal(await latest(page), 0);
    const { sse } = await server.stats();
    assert.deepEqual([sse.live, sse.requests], [4, 4]);
    // those that live make room for those that wait
    for (let n = 0; n < 4; n++) await page.call('dispose', `all ${n}`);
    await everyone(page, { live: 4, completions: 4 });
    await eventually(() => server.stats(), { sse: { live: 4 } });
    await ended(page);
  });

  test('with a socket the others take that', async (t, newContext) => {
    const page = await forty(newContext, { websocket: { url: server.socket } });
    await chats(page);
    const { sse, ws } = await server.stats();
    assert.deepEqual([sse.live, ws.live], [4, 1]);
    await ended(page);
  });

  test('five tabs: the fifth is told that it waits, is answered, and takes the place of one that closes', async (t, newContext) => {
    await server.fresh();
    const context = await newContext();
    const tabs = [];
    for (let n = 0; n < 5; n++) {
      const page = await lab.open(async () => context);
      await page.start('all', { url: server.graphql, singleConnection: 'auto', continuity: CONTINUITY, ...QUICK }, MESSAGES);
      if (n < 4) await page.shows('all', { state: 'live' });
      tabs.push(page);
    }
    const fifth = tabs[4];
    await fifth.shows('all', { limits: ['share', 'wait'] });
    await server.send('one');
    for (const tab of tabs.slice(0, 4)) await tab.shows('all', { results: (results) => results.length === 1 });
    for (const tab of tabs) assert.equal(await latest(tab), 1);
    await tabs[0].page.close();
    await fifth.shows('all', { state: 'live' });
    await server.send('two');
    await fifth.shows('all', { results: (results) => results.at(-1)?.data.messages.id === 2 });
    for (const tab of tabs.slice(1)) await tab.page.close();
    await eventually(() => server.stats(), { sse: { live: 0 } });
  });

  // enisdenjo/graphql-sse#112
  test('behind a load balancer: the shared stream is given up, and it is told', async (t, newContext) => {
    await server.fresh();
    const page = await lab.open(newContext);
    await server.fault({ profile: 'balancer' });
    await page.start('all', { url: server.graphql, singleConnection: true, ...QUICK }, MESSAGES);
    await page.shows('all', { state: 'live', limits: ['distinct'] });
    await server.send('one');
    await page.shows('all', { results: (results) => results.length === 1 });
    await ended(page);
  });
});
