/** A rung that refuses to stream is passed over, by all operations, until something says that it may be otherwise. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { HICCUP_MS, useCompanies } from './support/company.mjs';

const companies = useCompanies();
/** What has it asked again, and who moves by that alone: whoever comes behind it is served there in any case. */
const AGAIN = {
  'reconnect()': { ask: (company) => company.call('reconnect'), moved: ['First', 'Second'] },
  'reset()': { ask: (company) => company.call('resetBreaker', 'fetch'), moved: [] },
};

inBrowsers(({ test }) => {
  for (const [name, { ask, moved }] of Object.entries(AGAIN)) {
    test(`whoever comes later goes to the socket unasked; after ${name} HTTP is asked again, and taken`, async (t, newContext) => {
      const company = await companies.open(newContext, ['fetch', 'websocket'], []);
      await company.server.fault({ profile: 'no-stream', status: 405 });
      await company.join('First');
      await company.travels('First', 'websocket', 3);
      const [fetch, websocket] = (await company.call('snapshot')).ladder;
      assert.deepEqual([fetch.transport, fetch.usable, websocket.usable], ['fetch', false, true]);
      assert.match(fetch.reason, /\w/);
      await company.join('Second');
      const { firstMs } = await company.travels('Second', 'websocket', 3);
      assert.ok(firstMs <= HICCUP_MS, `${firstMs} ms`);
      assert.equal((await company.server.stats()).sse.requests, 1);
      // It is no failure of anybody's.
      assert.deepEqual(await company.breakers('First'), []);
      await company.server.fault({ profile: 'none' });
      await ask(company);
      await company.join('Third');
      for (const operation of ['Third', ...moved]) await company.travels(operation, 'fetch', 3);
      assert.deepEqual((await company.call('snapshot')).ladder.map(({ usable }) => usable), [true, true]);
      await company.close();
    });
  }
});
