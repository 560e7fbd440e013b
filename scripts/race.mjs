/**
 * `npm run race`: EventSource, graphql-sse and this package side by side in a browser, on the same
 * faulty server; ten minutes, under one fault after the other. Ends with exit code 1 if this package
 * has lost anything in silence, or doubled anything.
 *
 *     npm run race -- --minutes 3         shorter
 *     npm run race -- --browser firefox   in Firefox; else in Chromium
 *     npm run race -- --on all            WebSocket fails too, where it can; else event streams alone
 *     npm run race -- --write             puts the table into README.md
 */

import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildPackage } from './build.mjs';
import { launch } from './lib/browsers.mjs';
import { main } from './lib/main.mjs';
import { marked } from './lib/marked.mjs';
import { buildPage } from './lib/page.mjs';
import { inRoot, shown } from './lib/paths.mjs';
import { Problem } from './lib/problem.mjs';
import { RacePage } from './lib/race-page.mjs';
import { raceTable, total } from './lib/race-table.mjs';
import { buildServer, startServer } from './lib/server.mjs';
import { step } from './lib/step.mjs';
import { ensureBrowsers, ensureWasmTarget } from './setup.mjs';

const PROFILES = ['flap', 'drop', 'large-crash'];
const README = inRoot('README.md');
/** As `npm start` has it. */
const HEARTBEAT_MS = '3000';
const LOOK_MS = 1000;
/** Who was cut off last has so long to come back and to be given what it missed; the page waits for less. */
const SETTLE_MS = 200_000;
const START_MS = 30_000;

await main(import.meta.url, async () => {
  const { minutes, browser, on, write } = options();
  await ensureWasmTarget();
  await Promise.all([ensureBrowsers(), buildPackage().then(buildPage), step('compile the demo server', buildServer)]);
  const legs = await raceIn(browser, (minutes * 60_000) / PROFILES.length, on);
  const table = raceTable(legs);
  console.log(`\n${table}\n`);
  judge(legs);
  if (!write) return;
  await writeFile(README, marked(await readFile(README, 'utf8'), 'race', table));
  console.log(`Written into ${shown(README)}.`);
});

function options() {
  const string = (standard) => ({ type: 'string', default: standard });
  const { values } = parseArgs({ options: { minutes: string('10'), browser: string('chromium'), on: string('sse'), write: { type: 'boolean', default: false } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 1440)) throw new Problem(`--minutes is ${values.minutes}; it takes a number above 0, up to 1440.`);
  if (!['chromium', 'firefox'].includes(values.browser)) throw new Problem(`--browser is ${values.browser}; it takes chromium or firefox.`);
  if (!['all', 'sse'].includes(values.on)) throw new Problem(`--on is ${values.on}; it takes all or sse.`);
  return { ...values, minutes };
}

async function raceIn(name, legMs, on) {
  const server = await startServer({ args: ['--static', inRoot('www/dist'), '--heartbeat-ms', HEARTBEAT_MS] });
  let browser;
  try {
    browser = await launch(name);
    const page = await RacePage.open(await browser.newContext(), server.url);
    const legs = [];
    for (const profile of PROFILES) legs.push(await step(`race under ${profile}`, (note) => leg(page, profile, { legMs, on, note })));
    return legs;
  } finally {
    await browser?.close();
    await server.stop();
  }
}

async function leg(page, profile, { legMs, on, note }) {
  const during = (limitMs, holds) => watch(page, { limitMs, holds, note });
  await page.start(profile, on);
  await during(START_MS, ({ phase }) => phase === 'running');
  const end = performance.now() + legMs;
  await during(legMs + START_MS, () => performance.now() > end);
  await page.press();
  const { sent, clients } = await during(SETTLE_MS, ({ phase }) => phase === 'done');
  if (sent === 0) throw new Problem(`Nothing was sent under ${profile}, so nothing is proved.`);
  return { profile, sent, clients };
}

/** Looks again and again until it holds. */
async function watch(page, { limitMs, holds, note }) {
  const end = performance.now() + limitMs;
  for (;;) {
    const now = await page.look();
    const { phase, trouble, sent, clients } = now;
    if (phase === 'failed') throw new Problem(`The race could not be run: ${trouble}`);
    if (holds(now)) return now;
    if (performance.now() > end) throw new Problem(`The race is still ${phase} after ${limitMs / 1000} s.`);
    note(`${phase}, ${sent} sent; lost ${Object.values(clients).map(({ lost }) => lost).join(', ')}`);
    await sleep(LOOK_MS);
  }
}

function judge(legs) {
  const { silent, doubled } = total(legs).clients.lifeline;
  if (silent + doubled > 0) throw new Problem(`graphql-lifeline has lost ${silent} in silence, and doubled ${doubled}: that must not be.`);
  console.log('graphql-lifeline: 0 lost in silence, 0 doubled.');
}
