import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Tour } = await load('tour.ts');
const { GROUPS, ordersOf } = await load('orders.ts');

/**
 * A stage on which all goes as it should: three deaths open a breaker. `late`: a death counts only when the next
 * message has come, as where the backfill tells what was lost.
 */
function stageOf({ late = false, ...changes } = {}) {
  const ladder = ['eventsource', 'fetch', 'websocket'];
  const deaths = {};
  let dead;
  const count = () => {
    if (dead === undefined) return;
    deaths[dead] = (deaths[dead] ?? 0) + 1;
    if (deaths[dead] >= 3) stage.at += 1;
    dead = undefined;
  };
  const stage = {
    orders: [],
    sent: 0,
    connections: 0,
    at: 0,
    missingNow: [0],
    begin: () => (stage.connections += 1),
    scene: () => ({
      live: true,
      transport: ladder[stage.at],
      connections: stage.connections,
      breakers: Object.fromEntries(ladder.map((name) => [name, (deaths[name] ?? 0) >= 3 ? 'open' : 'closed'])),
      healed: stage.connections,
      unhealed: 0,
      duplicated: 0,
    }),
    order: async (what) => void stage.orders.push(what.profile),
    send: async (text) => {
      const isKilled = stage.orders.at(-1) === 'large-crash' && ladder[stage.at] !== 'websocket' && text === 'The one behind it.';
      count();
      if (isKilled) {
        dead = ladder[stage.at];
        stage.connections += 1;
        if (!late) count();
      }
      return (stage.sent += 1);
    },
    shown: () => true,
    reset: (name) => (stage.at = ladder.indexOf(name)),
    missing: async () => stage.missingNow.shift() ?? 0,
    ...changes,
  };
  return stage;
}

/** Plays it, without waiting. */
async function play(t, stage, signal = new AbortController().signal) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const said = [];
  let over = false;
  const tour = new Tour(stage, (text) => said.push(text), signal).play();
  const ended = tour.then(() => 'done', (error) => error).finally(() => (over = true));
  while (!over) {
    await new Promise(setImmediate);
    t.mock.timers.tick(100);
  }
  return { said, outcome: await ended };
}

test('the tour goes down the ladder and back, and leaves the server whole', async (t) => {
  const stage = stageOf();
  const { said, outcome } = await play(t, stage);
  assert.equal(outcome, 'done');
  assert.deepEqual(stage.orders, ['none', 'large-crash', 'none', 'none']);
  assert.equal(said.filter((line) => /has ended/.test(line)).length, 6);
  assert.match(said.at(-1), /0 lost, 0 doubled\.$/);
});

test('a breaker that opens only when the backfill has told what was lost is told as well', async (t) => {
  for (const late of [false, true]) {
    const { said } = await play(t, stageOf({ late }));
    const opened = said.flatMap((line) => /the breaker of (\w+) is open/.exec(line)?.[1] ?? []);
    assert.deepEqual(opened, ['EventSource', 'fetch'], `late: ${late}`);
    t.mock.timers.reset();
  }
});

test('a loss is told, and is a failure', async (t) => {
  const { said, outcome } = await play(t, stageOf({ missing: async () => 2 }));
  assert.match(said.at(-1), /2 lost/);
  assert.match(outcome.message, /not what was promised/);
});

test('what was only on its way is no loss', async (t) => {
  const stage = stageOf();
  stage.missingNow = [3, 1, 0];
  assert.equal((await play(t, stage)).outcome, 'done');
});

test('stopped, or failed: the server is left whole in any case', async (t) => {
  const stop = new AbortController();
  const stopped = stageOf({ begin: () => stop.abort() });
  await play(t, stopped, stop.signal);
  assert.equal(stopped.orders.at(-1), 'none');
  t.mock.timers.reset();
  const failed = stageOf({ send: async () => { throw new Error('away'); } });
  const { outcome } = await play(t, failed);
  assert.equal(outcome.message, 'away');
  assert.equal(failed.orders.at(-1), 'none');
});

test('faults say whom they befall, but for those of which the server knows', () => {
  const faults = GROUPS.flatMap((group) => group.faults);
  assert.equal(new Set(faults.map(({ name }) => name)).size, faults.length);
  const orders = (name, on) => ordersOf(faults.find((fault) => fault.name === name), on);
  assert.deepEqual(orders('flap', 'all'), [{ profile: 'flap', events: 1, on: 'all' }, { profile: 'cut', on: 'all' }]);
  assert.deepEqual(orders('ws-down', 'sse'), [{ profile: 'ws-down' }]);
  for (const { name, fixed } of faults) assert.equal('on' in orders(name, 'ws')[0], !fixed, name);
});
