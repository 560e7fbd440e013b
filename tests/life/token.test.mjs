/** Tokens that expire under connections that are live. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { CONTINUITY, MESSAGES, useChats } from '../resilience/support/chat.mjs';

const chats = useChats();
/** So many live at once: a browser has six connections to a server over HTTP/1.1, and backfills need one. */
const ABREAST = { 'fetch': 4, 'websocket': 50, 'a shared stream': 50 };
const SHARED = 'a shared stream';
const ROUNDS = 3;
/** From another origin each request of fifty has a preflight, and each of them a backfill. */
const TEST_MS = 90_000;

/** Operations that are all live, with a token that has not expired; `asked` counts how often the page asked for one. */
async function open(newContext, transport, more = {}) {
  const asked = { times: 0 };
  const prepare = (page) => page.on('request', (request) => (asked.times += new URL(request.url()).pathname === '/token'));
  const chat = await chats.open(newContext, transport === SHARED ? 'fetch' : transport, {
    prepare,
    singleConnection: transport === SHARED,
    stall: false,
    order: (it) => it.server.fault({ profile: 'token-expires' }),
    headers: 'token',
    ...(transport === 'websocket' && { websocket: { url: chats.server.socket, connectionParams: 'token' } }),
    ...more,
  });
  await chat.page.call('swarm', 'chat', MESSAGES, ABREAST[transport] - 1);
  await allLive(chat, transport);
  return { chat, asked };
}

function allLive(chat, transport) {
  return eventually(() => chat.page.call('lookAll', 'chat'), { live: ABREAST[transport], errors: [] });
}

async function reasons(chat) {
  const all = await chat.page.call('reasons', 'chat');
  return all.filter((reason) => reason === 'unauthorized').length;
}

inBrowsers(({ test }) => {
  for (const transport of Object.keys(ABREAST)) {
    // twentyhq/twenty#18706: each operation asks again with the token that has expired, ten times, and logs its user out.
    // enisdenjo/graphql-ws#558: a socket that is closed for its token cannot get another one.
    test(`${transport}: a token expires under ${ABREAST[transport]} operations: one refresh for all, and all live and whole`, async (t, newContext) => {
      const { chat, asked } = await open(newContext, transport);
      assert.deepEqual([asked.times, await reasons(chat)], [1, 0]);
      for (let round = 1; round <= ROUNDS; round++) {
        const { own } = await chat.counts({});
        await chat.server.fault({ profile: 'token-expires' });
        await chat.say();
        const whole = Array.from({ length: ABREAST[transport] }, () => Array.from({ length: round }, (_, n) => n + 1));
        await eventually(() => chat.page.call('lookAll', 'chat'), { live: ABREAST[transport], ids: whole, unhealed: 0 });
        assert.deepEqual([asked.times, await reasons(chat)], [1 + round, round]);
        // One that was refused, and one that is live: no more, for each stream or for what all share.
        const streams = transport === 'fetch' ? ABREAST[transport] : 1;
        const most = own.requests + 2 * streams;
        await chat.counts({ live: streams, requests: (requests) => requests <= most });
      }
      const { errors } = await allLive(chat, transport);
      assert.deepEqual(errors, []);
      await chat.page.call('disposeClient', 'chat');
    }, { timeout: TEST_MS });

    test(`${transport}: a server that does not want the new token either ends it, with one refresh and one error each`, async (t, newContext) => {
      const { chat, asked } = await open(newContext, transport, { continuity: { key: CONTINUITY.key } });
      await chat.page.page.route('**/token', (route) => route.fulfill({ json: { token: 'worn out' }, headers: { 'access-control-allow-origin': '*' } }));
      await chat.server.fault({ profile: 'token-expires' });
      const codes = ({ errors }) => errors.length === ABREAST[transport] && errors.every(({ code }) => code === 'unauthorized');
      await eventually(() => chat.page.call('lookAll', 'chat'), codes);
      assert.deepEqual([asked.times, await reasons(chat)], [2, 1]);
      await chat.page.call('disposeClient', 'chat');
    });
  }
});
