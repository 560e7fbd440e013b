import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from './load.mjs';

const { Tally, GRACE_MS, LATE_MS } = await load('race/tally.ts');

const OVER = GRACE_MS + 1000;

/** A tally that was sent these, one a second, the first at 0. */
function sentTo(...ids) {
  const tally = new Tally(0);
  ids.forEach((id, index) => tally.sent(id, index * 1000));
  return tally;
}

test('what came once and soon is received, and nothing else', () => {
  const tally = sentTo(1, 2);
  tally.arrived(1, 10);
  tally.arrived(2, 1010);
  assert.deepEqual(tally.figures(OVER * 2), { received: 2, lost: 0, silent: 0, doubled: 0, late: 0 });
});

test('what has not come counts as lost behind the grace period, until it comes after all: then it is late', () => {
  const tally = sentTo(1);
  assert.equal(tally.figures(GRACE_MS).lost, 0);
  assert.equal(tally.figures(GRACE_MS + 1).lost, 1);
  tally.arrived(1, OVER);
  assert.deepEqual(tally.figures(OVER), { received: 1, lost: 0, silent: 0, doubled: 0, late: 1 });
});

test('each delivery but the first is doubled', () => {
  const tally = sentTo(1);
  for (const at of [1, 2, 3]) tally.arrived(1, at);
  assert.equal(tally.figures(4).doubled, 2);
  assert.equal(tally.figures(4).received, 1);
});

test('late is more than the limit, whichever is heard of first: the message, or the answer to the mutation', () => {
  const late = (before) => {
    const tally = new Tally(0);
    if (!before) tally.sent(1, 0);
    tally.arrived(1, LATE_MS + 1);
    if (before) tally.sent(1, 0);
    return tally.figures(OVER);
  };
  for (const before of [true, false]) assert.deepEqual(late(before), { received: 1, lost: 0, silent: 0, doubled: 0, late: 1 });
  const soon = sentTo(1);
  soon.arrived(1, LATE_MS);
  assert.equal(soon.figures(OVER).late, 0);
});

test('the answer to a mutation that comes behind two deliveries of its message makes nothing lost', () => {
  const tally = new Tally(0);
  tally.arrived(1, 5);
  tally.arrived(1, 6);
  tally.sent(1, 0);
  assert.deepEqual(tally.figures(OVER), { received: 1, lost: 0, silent: 0, doubled: 1, late: 0 });
});

test('a loss without a sign is one in silence', () => {
  const tally = sentTo(1, 2, 3);
  tally.arrived(3, 2001);
  assert.equal(tally.figures(OVER * 2).silent, 2);
});

test('a gap that is told covers what was sent behind its key until then, and no more', () => {
  const tally = sentTo(1, 2, 3, 4);
  tally.told(1, 2000);
  assert.deepEqual(tally.figures(OVER * 2), { received: 0, lost: 4, silent: 2, doubled: 0, late: 0 });
});

test('a gap covers also what was sent before it, and answered behind it', () => {
  const tally = new Tally(0);
  tally.told(0, 1000);
  tally.sent(1, 999);
  tally.sent(2, 1001);
  assert.equal(tally.figures(OVER * 2).silent, 1);
});

test('being cut off is a sign for as long as it lasts, of what came behind the last message', () => {
  const tally = sentTo(1, 2, 3);
  tally.arrived(2, 1001);
  tally.doubt();
  assert.deepEqual([tally.figures(OVER * 2).lost, tally.figures(OVER * 2).silent], [2, 1]);
});

test('who fills no gaps has told of one by connecting again; who answers for them has not', () => {
  for (const [answersForGaps, silent] of [[false, 1], [true, 2]]) {
    const tally = new Tally(0);
    tally.doubt();
    tally.sent(1, 0);
    tally.connected(500, answersForGaps);
    tally.sent(2, 1000);
    assert.equal(tally.figures(OVER * 2).silent, silent, `${answersForGaps}`);
  }
});

test('connecting for the first time is no sign of anything', () => {
  const tally = sentTo(1);
  tally.connected(500, false);
  assert.equal(tally.figures(OVER).silent, 1);
});
