/** Over HTTP/2 there is no limit of six connections, and the client finds that out by itself. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { useLab } from '../e2e/support/lab.mjs';
import { useServer } from '../e2e/support/server.mjs';
import { CONTINUITY, MESSAGES } from '../resilience/support/chat.mjs';

process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // the server makes its certificate itself
const server = useServer({ page: false, args: ['--tls'] });
const lab = useLab();
const COUNT = 40;

inBrowsers(({ test }) => {
  test('forty streams at once, a query, and all come back after a cut', async (t, newContext) => {
    await server.fresh();
    const page = await lab.open(() => newContext({ ignoreHTTPSErrors: true }));
    const everyone = (expected) => eventually(() => page.call('lookAll', 'all'), expected);
    const options = { backoff: { initialMs: 20, maxMs: 100 }, breaker: { minHealthyMs: 300, openMs: 300, maxOpenMs: 300 }, retryBudget: { capacity: 50, perSecond: 50 } };
    await page.call('create', 'all', { url: server.graphql, continuity: CONTINUITY, ...options });
    await page.call('swarm', 'all', MESSAGES, COUNT);
    // the first answer that is complete shows the protocol
    assert.equal((await page.call('execute', 'all', '{ latest }')).data.latest, 0);
    await everyone({ live: COUNT });
    await server.send('one');
    await everyone({ ids: (ids) => ids.every((own) => own.length === 1) });
    assert.equal((await server.stats()).sse.live, COUNT);
    await server.fault({ profile: 'cut' });
    await server.send('two');
    await everyone({ live: COUNT, ids: (ids) => ids.every((own) => String(own) === '1,2') });
    await page.call('disposeClient', 'all');
    await eventually(() => server.stats(), { sse: { live: 0 } });
  });
});
