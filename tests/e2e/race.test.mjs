/** The race: what others lose on a faulty server is there in this package's lane, once. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { RacePage } from '../../scripts/lib/race-page.mjs';
import { inBrowsers } from './support/browsers.mjs';
import { ChatPage } from './support/chat-page.mjs';
import { BROKEN, watch } from './support/complaints.mjs';
import { eventually } from './support/eventually.mjs';
import { focused } from './support/look.mjs';
import { useServer } from './support/server.mjs';

const server = useServer();
const RACE_MS = 120_000;
/** A lane may need this to come back and to be given what it missed. */
const SETTLE_MS = 80_000;
const CLIENTS = ['eventsource', 'graphql-sse', 'lifeline'];
const RIVALS = CLIENTS.slice(0, 2);

inBrowsers(({ name: browser, test }) => {
  test('under flap and drop others lose messages, and this package none', async (t, newContext) => {
    const { page, race, complaints } = await open(newContext);
    await race.start('flap', 'all');
    await eventually(() => race.look(), { phase: 'running', sent: (sent) => sent >= 12 }, 30_000);
    await page.getByTestId('race-profile').selectOption('drop');
    await eventually(() => server.stats(), { profile: 'drop', faults: { flap: (times) => times >= 3 } });
    const { sent: before } = await race.look();
    await eventually(() => race.look(), { sent: (sent) => sent >= before + 12 }, 30_000);
    await race.press();
    const { sent, trouble, clients } = await eventually(() => race.look(), { phase: 'done' }, SETTLE_MS);
    t.diagnostic(JSON.stringify({ sent, clients }));
    assert.equal(trouble, '');
    const { lost, silent, doubled, received } = clients.lifeline;
    assert.deepEqual({ lost, silent, doubled, received }, { lost: 0, silent: 0, doubled: 0, received: sent });
    for (const rival of RIVALS) assert.equal(clients[rival].received + clients[rival].lost, sent, `${rival}: every message is accounted for`);
    assert.ok(RIVALS.some((rival) => clients[rival].lost + clients[rival].doubled > 0), 'the server was faulty');
    await assertRequests(clients, sent);
    assert.deepEqual(complaints.except(BROKEN), []);
  }, { timeout: RACE_MS, long: true });

  test('without a fault nobody loses anything', async (t, newContext) => {
    const { race, complaints } = await open(newContext);
    await race.start('none', 'all');
    await eventually(() => race.look(), { sent: (sent) => sent >= 6 });
    await race.press();
    await eventually(() => race.look(), { phase: 'settling' });
    const all = (client) => client.received >= 6 && client.lost + client.doubled + client.late === 0;
    await eventually(() => race.look(), { clients: Object.fromEntries(CLIENTS.map((name) => [name, all])) });
    await race.press(); // at once
    const { sent, clients } = await eventually(() => race.look(), { phase: 'done' });
    for (const name of CLIENTS) assert.deepEqual([clients[name].received, clients[name].lost, clients[name].state], [sent, 0, 'closed'], name);
    await eventually(() => server.stats(), { sse: { live: 0 }, ws: { live: 0 } });
    await assertRequests(clients, sent);
    assert.deepEqual(complaints.except(BROKEN), []);
  });

  test('leaving the view ends the race and mends the server; the chat goes on where it was', async (t, newContext) => {
    await server.fresh();
    const chat = await ChatPage.open(await newContext(), server.url, { transport: 'fetch' });
    await server.send('before');
    await chat.showsWhole(1);
    await chat.page.getByRole('link', { name: 'Race' }).click();
    const race = new RacePage(chat.page);
    await chat.page.getByTestId('race-eventsource-lost').waitFor();
    await eventually(() => server.stats(), { sse: { live: 0 } });
    await race.start('drop', 'all');
    await eventually(() => race.look(), { phase: 'running', sent: (sent) => sent >= 3 });
    await eventually(() => server.stats(), { profile: 'drop', sse: { live: 3 } });
    await chat.page.getByRole('link', { name: 'Chat' }).click();
    await eventually(() => server.stats(), { profile: 'none', sse: { live: 1 } });
    const { messages } = await server.stats();
    await chat.showsWhole(messages, { state: 'live', transport: 'fetch' });
    assert.equal((await race.look()).phase, 'done');
  });

  test('the configuration that is copied is the file that runs, and it can be bundled', async (t, newContext) => {
    const { page } = await open(newContext, browser === 'chromium' ? { permissions: ['clipboard-read', 'clipboard-write'] } : {});
    for (const name of CLIENTS) {
      const path = inRoot('www/src/race/configurations', `${name}.js`);
      const source = await readFile(path, 'utf8');
      await page.getByTestId(`race-${name}-copy`).click();
      await eventually(() => page.getByTestId('race-copied').textContent(), /is in the clipboard/);
      assert.equal(await pasted(page), source, name);
      const alias = { 'graphql-lifeline': inRoot('dist/index.js') };
      const { warnings } = await build({ stdin: { contents: source, resolveDir: inRoot('.') }, bundle: true, format: 'esm', write: false, alias });
      assert.deepEqual(warnings, []);
    }
  });

  test('where nothing can be copied, the configuration is shown', async (t, newContext) => {
    const { page } = await open(newContext);
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await page.getByTestId('race-lifeline-copy').click();
    await eventually(() => page.getByTestId('race-copied').textContent(), /shown below/);
    await page.getByText('auditMs: 5000').waitFor();
  });

  test('the chat does not load what the race needs', async (t, newContext) => {
    await server.fresh();
    const context = await newContext();
    const chat = await ChatPage.open(context, server.url);
    const scripts = () => chat.page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).length);
    assert.equal(await scripts(), 1);
    await chat.page.getByRole('link', { name: 'Race' }).click();
    await chat.page.getByTestId('race-graphql-sse-lost').waitFor();
    assert.ok((await scripts()) > 1);
  });

  test('the views are links, and say which of them is shown', async (t, newContext) => {
    const { page } = await open(newContext);
    const current = () => page.getByRole('navigation', { name: 'Views' }).locator('[aria-current="page"]').allTextContents();
    assert.deepEqual([await current(), await page.title()], [['Race'], 'Lifeline race']);
    await page.getByRole('link', { name: 'Chat' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('main', { name: 'Chat' }).waitFor();
    assert.deepEqual([await current(), await page.title()], [['Chat'], 'Lifeline chat']);
    await page.goBack();
    await page.getByRole('main', { name: 'Race' }).waitFor();
    assert.deepEqual(await current(), ['Race']);
    for (const role of ['navigation', 'banner', 'main']) assert.equal(await page.getByRole(role).count(), 1, role);
  });

  test('every control of the race has its role and its name, and Tab goes through them in the order of reading', async (t, newContext) => {
    const { page } = await open(newContext);
    for (const name of ['Fault', 'Befalls']) assert.equal(await page.getByRole('combobox', { name }).count(), 1, name);
    for (const name of ['Start', 'Copy the configuration of EventSource', 'Copy the configuration of graphql-sse', 'Copy the configuration of graphql-lifeline'])
      assert.equal(await page.getByRole('button', { name, exact: true }).count(), 1, name);
    for (const name of ['EventSource', 'graphql-sse', 'graphql-lifeline']) assert.equal(await page.getByRole('region', { name, exact: true }).count(), 1, name);
    assert.equal(await page.getByRole('status').count(), 2);
    const headings = await page.getByRole('heading').evaluateAll((all) => all.map(({ tagName }) => tagName));
    assert.deepEqual([headings[0], new Set(headings.slice(1))], ['H1', new Set(['H2'])]);
    const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length, 'no id twice');
    const path = [];
    await page.getByTestId('race-profile').focus();
    while (path.at(-1) !== 'race-lifeline-copy' && path.length < 20) {
      path.push(await focused(page));
      await page.keyboard.press('Tab');
    }
    const copy = (name) => `race-${name}-copy`;
    const lanes = CLIENTS.flatMap((name) => [copy(name), 'Configuration']).slice(0, -1);
    assert.deepEqual(path.filter((stop) => stop !== 'race').map((stop) => stop.replace(/^Copy the configuration of .*/, 'copy')), ['race-profile', 'race-on', 'race-run', ...lanes]);
  });
}, { typing: true });

/** A page on the race, and what it complains about. */
async function open(newContext, options) {
  await server.fresh();
  const context = await newContext(options);
  const page = await context.newPage();
  const complaints = watch(page);
  await page.goto(`${server.url}/#race`);
  await page.getByTestId('race-eventsource-lost').waitFor();
  return { page, race: new RacePage(page), complaints };
}

/** Each request that the server has seen was counted: by a lane, or it was the page's own. */
async function assertRequests(clients, sent) {
  const { http } = await server.stats();
  const counted = CLIENTS.reduce((sum, name) => sum + clients[name].requests, 0);
  const own = sent + 1; // the first one asks for the newest message
  // EventSource says that it is going to ask again, and may have been stopped before it did.
  assert.ok([0, 1].includes(counted + own - http.requests), `${counted} and ${own} were counted; the server has seen ${http.requests}`);
}

/** What a user would paste. */
async function pasted(page) {
  return page.evaluate(() => navigator.clipboard.readText());
}
