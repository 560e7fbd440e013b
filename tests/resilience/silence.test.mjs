/** Connections that are open and say nothing: servers that died, and what stands between. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { CONTINUITY, TRANSPORTS, useChats } from './support/chat.mjs';

/** The server's heart beats several times within the silence that tests allow. */
const chats = useChats({ args: ['--heartbeat-ms', '100'] });
const SILENCE = { silenceMs: 600, probeTimeoutMs: 600 };

inBrowsers(({ name, test }) => {
  for (const transport of TRANSPORTS) {
    // twentyhq/twenty#21061: a stream dies in silence, and nobody notices.
    test(`${transport}: a connection that falls silent is replaced, and what it swallowed is fetched`, async (t, newContext) => {
      // Between the two orders no other connection is opened, which would be silenced as well.
      const chat = await chats.open(newContext, transport, { stall: { ...SILENCE, silenceMs: 2_000 } });
      await chat.say();
      await chat.whole();
      await chat.fault('stall');
      await chat.server.fault({ profile: 'none' }); // those that are open stay silent
      await chat.say({ count: 2 });
      await chat.shows({ gaps: (gaps) => gaps.length > 0 });
      const run = await chat.whole();
      assert.deepEqual([run.gaps[0], run.recovered[0]], ['stalled', true]);
      assert.equal(run.retries[0].code, 'timeout');
      assert.equal(run.stalls.find((judgement) => judgement !== 'suspect' && judgement !== 'alive'), 'stalled');
      const { own, faults } = await chat.counts({ opened: (opened) => opened >= 2, live: 1 });
      assert.equal(faults.stall, 1);
      // Its heart is hidden from who uses EventSource: a quiet stream is replaced again and again.
      if (transport !== 'eventsource') assert.equal(own.opened, 2);
      await chat.end();
    });

    // ChilliCream/graphql-platform#10273: pings go on, results do not, and all looks healthy.
    test(`${transport}: results are lost behind a heartbeat: the probe finds out, and what was lost is fetched`, async (t, newContext) => {
      const chat = await chats.open(newContext, transport, { stall: { ...SILENCE, probe: 'latest' } });
      await chat.say();
      await chat.whole();
      await chat.fault('stall-source', { times: 2 });
      await chat.say({ count: 2 });
      await chat.shows({ gaps: (gaps) => gaps.length > 0 });
      await chat.say();
      const run = await chat.whole({ state: 'live' });
      assert.deepEqual([run.gaps[0], run.recovered[0]], ['stalled', true]);
      const { faults } = await chat.counts({ live: 1 });
      assert.equal(faults['stall-source'], 2);
      await chat.end();
    });

    test(`${transport}: a request that is never answered is given up in time`, async (t, newContext) => {
      const order = (chat) => chat.fault('half-open', { times: 1 });
      const continuity = { ...CONTINUITY, startAfter: '0' };
      const chat = await chats.open(newContext, transport, { order, live: false, connectTimeoutMs: 2_000, continuity });
      await chat.struck('half-open');
      await chat.say({ count: 2 });
      const run = await chat.whole({ state: 'live' });
      // EventSource does not say why it failed: a fetch follows at once, and is the connection.
      assert.deepEqual(run.retries.map(({ code }) => code), transport === 'eventsource' ? [] : ['timeout']);
      assert.deepEqual(run.transports, [transport === 'eventsource' ? 'fetch' : transport]);
      const { own } = await chat.counts({ live: 1 });
      assert.deepEqual([own.requests, own.opened], [2, 1]);
      await chat.say();
      await chat.whole();
      await chat.end();
    });

    test(`${transport}: a head and then nothing`, async (t, newContext) => {
      const order = (chat) => chat.fault('headers-only', { times: 1 });
      const continuity = { ...CONTINUITY, startAfter: '0' };
      const chat = await chats.open(newContext, transport, { order, live: false, connectTimeoutMs: 2_000, continuity });
      await chat.struck('headers-only');
      await chat.shows({ state: 'live' });
      await chat.say({ count: 2 });
      await chat.whole({ state: 'live' });
      // Firefox shows no head before the first byte of the body; a socket is not open before it is greeted.
      const patient = name === 'chromium' && transport !== 'websocket';
      await chat.counts({ requests: patient ? 1 : 2, live: 1 });
      await chat.end();
    });
  }
});
