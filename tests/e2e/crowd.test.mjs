/** The page's third view: forty subscriptions over HTTP/1.1, and a token that expires in a night. */

import assert from 'node:assert/strict';
import { inBrowsers } from './support/browsers.mjs';
import { BROKEN, watch } from './support/complaints.mjs';
import { eventually } from './support/eventually.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
const COUNT = 40;
/**
 * By how those share that find no connection: how many are live, what is open at the server, and who asks for a new
 * token (the socket for itself, unless the streams were quicker).
 */
const SHARING = {
  auto: { live: COUNT, sse: 4, ws: 0, tokens: /once/ },
  one: { live: COUNT, sse: 1, ws: 0, tokens: /once/ },
  socket: { live: COUNT, sse: 4, ws: 1, tokens: /once|2 times/ },
  wait: { live: 4, sse: 4, ws: 0, tokens: /once/ },
};
/** Waking up is not a matter of the retry budget, which would take half a minute for forty. */
const AWAKE_S = 10;
const TEST_MS = 90_000;

inBrowsers(({ test }) => {
  for (const [sharing, { live, sse, ws, tokens }] of Object.entries(SHARING)) {
    test(`${sharing}: ${live} of ${COUNT} are live, queries are answered, and a night costs a token and no message`, async (t, newContext) => {
      const { page, look, complaints } = await open(newContext);
      await page.getByTestId('crowd-sharing').selectOption(sharing);
      await page.getByTestId('crowd-run').click();
      const all = (sent) => ({ live, waiting: COUNT - live, lost: 0, doubled: 0, received: (each) => each.filter((count) => count >= sent).length === live });
      await eventually(look, { phase: 'running', sent: (sent) => sent >= 2, query: /^\d+ ms$/, ...all(2) }, 30_000);
      const { sse: streams, ws: sockets } = await server.stats();
      assert.deepEqual([streams.live, sockets.live], [sse, ws]);
      const before = await look();
      assert.equal(before.asked, 1);
      await page.getByTestId('crowd-night').click();
      const after = await eventually(look, { phase: 'running', story: /8 hours later/ }, 45_000);
      const [, seconds, asked] = /after ([\d.]+) s, with 5 messages of the night each; .* asked for another (.*)\.$/.exec(after.story);
      assert.ok(Number(seconds) < AWAKE_S, after.story);
      assert.match(asked, tokens);
      assert.equal(after.trouble, '');
      // A slot that is given back just then is missed by some, who share another: it may be fewer.
      await eventually(look, { ...all(after.sent + 1), open: (open) => open >= 1 && open <= sse + ws });
      await page.getByTestId('crowd-run').click();
      const { phase, sent, lost, doubled } = await look();
      assert.deepEqual([phase, lost, doubled], ['done', 0, 0]);
      const { operations } = await eventually(() => server.stats(), { profile: 'none', sse: { live: 0 }, ws: { live: 0 } });
      assert.ok([sent, sent + 1].includes(operations.executed.send), 'one may have been on its way');
      assert.deepEqual(complaints.except(BROKEN), []);
    }, { timeout: TEST_MS });
  }

  test('leaving the view ends it, and puts clocks and server right', async (t, newContext) => {
    const { page, look } = await open(newContext);
    await page.getByTestId('crowd-run').click();
    await eventually(look, { phase: 'running', live: COUNT, sent: (sent) => sent >= 1 });
    await page.getByTestId('crowd-night').click();
    await eventually(look, { story: /8 hours later/ }, 45_000);
    const ahead = () => page.evaluate(() => Date.now() - new Date());
    assert.ok((await ahead()) > 7 * 3_600_000, 'only functions are replaced, not what the browser makes of them');
    await page.getByRole('link', { name: 'Race' }).click();
    await eventually(() => server.stats(), { profile: 'none', sse: { live: 0 } });
    assert.ok(Math.abs(await ahead()) < 1000);
    assert.equal((await look()).phase, 'done');
  }, { timeout: TEST_MS });

  test('a server that goes away is told of', async (t, newContext) => {
    const { page, look } = await open(newContext);
    await page.getByTestId('crowd-run').click();
    await eventually(look, { phase: 'running', sent: (sent) => sent >= 1 });
    await server.fault({ profile: 'all-down' });
    await eventually(look, { phase: 'failed', trouble: (text) => text !== '' });
    await server.fault({ profile: 'none' });
    await page.getByTestId('crowd-run').click();
    await eventually(look, { phase: 'running', live: COUNT, trouble: '' });
  });

  test('every control has its role and its name', async (t, newContext) => {
    const { page } = await open(newContext);
    assert.equal(await page.getByRole('combobox', { name: 'Those without a connection' }).count(), 1);
    for (const name of ['Start', 'Let a night pass']) assert.equal(await page.getByRole('button', { name, exact: true }).count(), 1, name);
    assert.equal(await page.getByRole('button', { name: 'Let a night pass' }).isDisabled(), true);
    assert.equal(await page.getByRole('main', { name: 'Crowd' }).count(), 1);
    assert.equal(await page.title(), 'Lifeline crowd');
    assert.equal(await page.getByRole('listitem').count(), COUNT);
  });
}, { longIn: ['firefox'] });

/** A page on the crowd, what stands on it, and what it complains about. */
async function open(newContext) {
  await server.fresh();
  const page = await (await newContext()).newPage();
  const complaints = watch(page);
  await page.goto(`${server.url}/#crowd`);
  await page.getByTestId('crowd-member').first().waitFor();
  const look = () =>
    page.evaluate(() => {
      const text = (id) => document.querySelector(`[data-testid="crowd-${id}"]`).textContent;
      const numbers = ['live', 'waiting', 'sent', 'lost', 'doubled', 'open', 'asked'].map((id) => [id, Number(text(id))]);
      return {
        ...Object.fromEntries(numbers),
        phase: document.querySelector('[data-testid="crowd-phase"]').dataset.phase,
        query: text('query'),
        story: text('story'),
        trouble: text('trouble'),
        received: [...document.querySelectorAll('[data-testid="crowd-member"]')].map(({ dataset }) => Number(dataset.received)),
      };
    });
  return { page, look, complaints };
}
