/** Sockets that are closed because of one operation, or that nobody is let in on. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { HICCUP_MS, useCompanies } from './support/company.mjs';

const companies = useCompanies();
const LADDER = ['websocket', 'fetch'];
const OTHERS = ['Well', 'Other'];
/** A message that is too big, a server that failed, graphql-ws and strawberry at a syntax error. */
const CLOSES = [1009, 1011, 4500, 4400];
/** It is tried once with the others and once alone. */
const ELSEWHERE_MS = 4_000;
/** Before the acknowledgement: (L4), refused; or refused three times, which a breaker counts. */
const GREETINGS = { 4400: 2_000, 4406: 2_000, 4429: 2_000, 1009: 4_000, 1011: 4_000, 4500: 4_000 };
/** An end behind three sockets of its own; the first one was everybody's. */
const SOCKETS = 1 + 3;

inBrowsers(({ test }) => {
  for (const code of CLOSES) {
    test(`${code} right after one operation: it goes to fetch, and the others go on on a socket`, async (t, newContext) => {
      const company = await poisoned(newContext, LADDER, { code });
      const leg = await company.travels('Poison', 'fetch', 1, ELSEWHERE_MS + HICCUP_MS);
      t.diagnostic(`on fetch after ${Math.round(leg.firstMs)} ms, of ${ELSEWHERE_MS}`);
      assert.ok(leg.firstMs <= ELSEWHERE_MS, `${leg.firstMs} ms`);
      await company.travels('Poison', 'fetch', 10);
      await spared(company);
      await eventually(() => company.server.stats(), { sse: { live: 1 }, ws: { live: 1 } });
      assert.deepEqual((await company.look('Poison')).errors, []);
      await company.close();
    });
  }

  for (const [code, limitMs] of Object.entries(GREETINGS)) {
    test(`${code} before the acknowledgement: fetch carries it within ${limitMs / 1_000} s`, async (t, newContext) => {
      const company = await companies.open(newContext, LADDER, []);
      await company.server.fault({ profile: 'closes', when: 'greeting', code: Number(code) });
      await company.join('Well');
      const { firstMs } = await company.travels('Well', 'fetch', 1, limitMs + HICCUP_MS);
      t.diagnostic(`on fetch after ${Math.round(firstMs)} ms, of ${limitMs}`);
      assert.ok(firstMs <= limitMs, `${firstMs} ms`);
      await company.struck('closes');
      assert.deepEqual((await company.look('Well')).errors, []);
      await company.close();
    });
  }

  test('with no other rung it ends by name behind three sockets of its own, and the others go on', async (t, newContext) => {
    const company = await poisoned(newContext, ['websocket'], { code: 4400, reason: 'Syntax Error: Unexpected Name' });
    const { errors: [error] } = await company.shows('Poison', { state: 'closed', errors: ({ length }) => length === 1 });
    assert.equal(error.code, 'protocol');
    assert.match(error.message, /4400/);
    assert.match(error.message, /Syntax Error: Unexpected Name/);
    const { faults } = await company.server.stats();
    assert.equal(faults.closes, SOCKETS);
    await spared(company);
    await company.close();
  });

  test('with no other rung, and a code that says that the server has failed, it waits and is tried again', async (t, newContext) => {
    const company = await poisoned(newContext, ['websocket'], { code: 1011 });
    await company.struck('closes', SOCKETS + 1);
    const { errors, completions, state } = await company.look('Poison');
    assert.deepEqual([errors, completions, state === 'closed'], [[], 0, false]);
    await spared(company);
    await company.server.fault({ profile: 'none' });
    await company.travels('Poison', 'websocket', 2, 30_000); // its own backoff may have come to sixteen seconds
    await spared(company);
    await company.close();
  }, { timeout: 90_000, skip: 'in browsers the others lose one socket more than they should' });
});

/** Two operations live on a socket, and a third that has it closed. */
async function poisoned(newContext, ladder, close) {
  const company = await companies.open(newContext, ladder, OTHERS);
  await company.server.fault({ profile: 'closes', operation: 'Poison', ...close });
  await company.join('Poison');
  await company.struck('closes');
  return company;
}

/** They have lost the socket that they shared with it, and no other; no breaker has moved. */
async function spared(company) {
  for (const name of OTHERS) await company.assertSpared(name, 'websocket', 2);
  assert.deepEqual(await company.breakers('Well'), []);
}
