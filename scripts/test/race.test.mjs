import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marked } from '../lib/marked.mjs';
import { raceTable, total } from '../lib/race-table.mjs';

const figures = (lost, requests) => ({ lost, silent: 0, doubled: 1, late: 2, requests });
const leg = (profile, sent) => ({ profile, sent, clients: { 'eventsource': figures(5, 1), 'graphql-sse': figures(7, 1200), 'lifeline': figures(0, 30) } });

test('the table has a row for each fault and client, and the sums', () => {
  const lines = raceTable([leg('flap', 1000), leg('drop', 500)]).split('\n');
  assert.equal(lines.length, 2 + 3 * 3);
  assert.equal(lines[0], '| fault | client | sent | lost | in silence | doubled | late | requests |');
  assert.equal(lines[3], '| flap | graphql-sse | 1,000 | 7 | 0 | 1 | 2 | 1,200 |');
  assert.equal(lines.at(-1), '| total | graphql-lifeline | 1,500 | 0 | 0 | 2 | 4 | 60 |');
});

test('sums are of all legs', () => {
  assert.equal(total([leg('flap', 1), leg('drop', 2)]).clients.eventsource.lost, 10);
});

test('what stands between the marks is replaced, and nothing else', () => {
  const text = 'before\n<!-- race -->\nold\nold\n<!-- /race -->\nafter\n';
  const once = marked(text, 'race', 'new');
  assert.equal(once, 'before\n<!-- race -->\nnew\n<!-- /race -->\nafter\n');
  assert.equal(marked(once, 'race', 'new'), once);
});

test('without marks there is no place for it', () => {
  for (const text of ['', '<!-- race -->', '<!-- /race --> <!-- race -->']) assert.throws(() => marked(text, 'race', 'new'), /no place/);
});
