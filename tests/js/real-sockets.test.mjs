/**
 * graphql-ws closes a socket with 4500 for a syntax error in one operation: that is this operation's fault, and the others go on.
 */

import assert from 'node:assert/strict';
import { before, mock } from 'node:test';
import { flowsWithin, follow, ladderClient } from './support/follow.mjs';
import { serveSocket, serveYoga } from './support/real-servers.mjs';
import { makeTicking, TICKS, UNREADABLE } from './support/ticking.mjs';
import { test } from './support/test.mjs';

const SOON_MS = 2_000;

// graphql-ws tells the console of each
before(() => void mock.method(console, 'error', () => {}));

/** Operations that are live, and had results, when the one that nobody can read joins them. */
async function startGood(client) {
  const sinks = Array.from({ length: 3 }, () => follow(client, TICKS));
  for (const sink of sinks) await flowsWithin(SOON_MS, sink, 3);
  return sinks;
}

/** They have more results soon, and have been told of one gap at most. */
async function goOn(sinks) {
  for (const sink of sinks) await flowsWithin(SOON_MS, sink, sink.results.length + 3);
  for (const { gaps, story } of sinks) assert.ok(gaps.length <= 1, story.join('\n'));
}

/** How it ended, by a result with errors or by an error. */
async function ended(sink) {
  await sink.until(() => sink.completions + sink.errors.length > 0);
  return sink.results[0] ?? sink.errors[0];
}

test('a ladder of the socket alone: it ends after three sockets of its own, and the others go on', async (t) => {
  const { schema } = makeTicking();
  const socket = await serveSocket(t, schema);
  const client = ladderClient(t, { url: socket.url, socketUrl: socket.url, transports: ['websocket'] });
  const good = await startGood(client);
  const bad = follow(client, UNREADABLE);
  await goOn(good);
  const { code, message } = await bad.failed();
  assert.equal(code, 'protocol', bad.story.join('\n'));
  assert.match(message, /4500/);
  assert.match(message, /Syntax Error/);
  // the first one that all were on, another for the others, and three that were its own
  assert.equal(socket.sockets, 5);
  await goOn(good);
});

test('a ladder on which fetch stands behind the socket: it gets the answer of that, and the others go on', async (t) => {
  const { schema } = makeTicking();
  const socket = await serveSocket(t, schema);
  const client = ladderClient(t, { url: await serveYoga(t, schema), socketUrl: socket.url, transports: ['websocket', 'fetch'] });
  const good = await startGood(client);
  const bad = follow(client, UNREADABLE);
  await goOn(good);
  const { errors } = await ended(bad);
  assert.match(errors?.[0]?.message ?? '', /Syntax Error/, bad.story.join('\n'));
  await goOn(good);
  for (const { transports } of good) assert.equal(transports.items.at(-1), 'websocket');
});

test('the usual ladder, whose fetch is well: it gets the answer of that, and the others see nothing of it', async (t) => {
  const { schema } = makeTicking();
  const socket = await serveSocket(t, schema);
  const client = ladderClient(t, { url: await serveYoga(t, schema), socketUrl: socket.url });
  const good = await startGood(client);
  const bad = follow(client, UNREADABLE);
  const { errors } = await ended(bad);
  assert.match(errors?.[0]?.message ?? '', /Syntax Error/, bad.story.join('\n'));
  await goOn(good);
  for (const { transports, gaps } of good) assert.deepEqual([transports.items, gaps], [['fetch'], []]);
});

test('the usual ladder, whose HTTP answers 426: it ends, and the others go on', async (t) => {
  const { schema } = makeTicking();
  const { url } = await serveSocket(t, schema);
  const client = ladderClient(t, { url, socketUrl: url });
  const good = await startGood(client);
  const bad = follow(client, UNREADABLE);
  await goOn(good);
  assert.match((await bad.failed()).code, /^(http|protocol)$/, bad.story.join('\n'));
  await goOn(good);
});
