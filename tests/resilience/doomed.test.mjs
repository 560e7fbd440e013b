/** An operation whose resolver throws each time: its failures are its own while others live beside it. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { HICCUP_MS, useCompanies } from './support/company.mjs';

const companies = useCompanies();
/** The breaker takes each failure for the endpoint's still, whoever else is well there. */
const skip = "an operation's own failures open the breaker for all";
const LADDER = ['fetch', 'websocket'];
/** breaker.minCalls, where nobody sets it. */
const MIN_CALLS = 3;
/** (L4), cut young: three results, and in place of the fourth the end. */
const AGE_MS = 400;
const LIMIT_MS = 3 * AGE_MS + 4_000;

inBrowsers(({ test }) => {
  for (const how of ['break', 'error']) {
    test(`over HTTP it fails (${how}): it alone goes to the socket, and nobody else notices`, async (t, newContext) => {
      const company = await companies.open(newContext, LADDER, ['Well']);
      await company.server.fault({ profile: 'throws', operation: 'Doomed', how });
      await company.join('Doomed');
      const leg = await company.travels('Doomed', 'websocket', 1, LIMIT_MS + HICCUP_MS);
      t.diagnostic(`on the socket after ${Math.round(leg.firstMs)} ms, of ${LIMIT_MS}`);
      assert.ok(leg.firstMs <= LIMIT_MS, `${leg.firstMs} ms`);
      const { faults } = await company.server.stats();
      assert.equal(faults.throws, MIN_CALLS);
      await company.travels('Doomed', 'websocket', 10); // and there it is well
      await joinsAndIsSpared(company);
      assert.deepEqual((await company.look('Doomed')).errors, []);
      await company.close();
    }, { skip });
  }

  test('wherever it goes it fails: it is tried again and again, and nobody else notices', async (t, newContext) => {
    const company = await companies.open(newContext, LADDER, ['Well']);
    await company.server.fault({ profile: 'throws', operation: 'Doomed', on: 'all' });
    await company.join('Doomed');
    await company.travels('Doomed', 'websocket', 3);
    await company.struck('throws', MIN_CALLS + 2);
    await joinsAndIsSpared(company);
    const { errors, completions, state } = await company.look('Doomed');
    assert.deepEqual([errors, completions, state === 'closed'], [[], 0, false]);
    await company.close();
  }, { skip });
});

/** Whoever was there before has noticed nothing, and whoever comes now is served at once; no breaker of theirs has moved. */
async function joinsAndIsSpared(company) {
  await company.join('Late');
  const { firstMs } = await company.travels('Late', 'fetch', 2);
  assert.ok(firstMs <= HICCUP_MS, `Late waited for ${Math.round(firstMs)} ms`);
  await company.assertSpared('Late', 'fetch');
  await company.assertSpared('Well', 'fetch');
  const moved = await company.breakers('Well');
  assert.deepEqual(moved.filter((move) => move.startsWith('fetch ')), []);
}
