/** A device that sleeps: its clocks jump, and what was open may be dead without anybody having said so. */

import assert from 'node:assert/strict';
import { inBrowsers } from '../e2e/support/browsers.mjs';
import { TRANSPORTS, useChats } from '../resilience/support/chat.mjs';
import { arrived, heard, withClockAndEars } from './support/overhear.mjs';

/** The server's heart beats many times in the silence that is allowed. */
const chats = useChats({ args: ['--heartbeat-ms', '100'] });
const HOURS = 8 * 60 * 60_000;
const AWAKE_MS = 20_000;
const STALL = { silenceMs: 5000, probe: 'latest' };

const SLEEPS = {
  'all clocks': (page) => page.clock.fastForward(HOURS),
  'the wall clock alone': async (page) => page.clock.setSystemTime((await page.evaluate(() => Date.now())) + HOURS),
};

/** So much time goes by after waking up, second by second, and each second all that is on its way arrives; `until` ends it. */
async function goOn({ page: { page } }, ms, { well, until = () => false }) {
  for (let passed = 0; passed < ms; passed += 1000) {
    if (await until()) return;
    const before = await heard(page);
    await page.clock.runFor(1000);
    await arrived(page, well, before);
  }
}

inBrowsers(({ test }) => {
  for (const transport of TRANSPORTS) {
    for (const [what, sleep] of Object.entries(SLEEPS)) {
      // dotnet/aspnetcore#31079: whoever wakes up takes the silence of its own sleep for the server's, and closes.
      test(`${transport}: asleep by ${what}: a connection that is well stays`, async (t, newContext) => {
        const chat = await chats.open(newContext, transport, { prepare: withClockAndEars, stall: STALL });
        await chat.say();
        await chat.whole();
        await sleep(chat.page.page);
        await goOn(chat, AWAKE_MS, { well: transport });
        await chat.say({ count: 2 });
        const { gaps, retries, stalls } = await chat.whole({ state: 'live' });
        assert.deepEqual([gaps, retries, stalls.includes('stalled')], [[], [], false]);
        await chat.counts({ opened: 1, live: 1 });
        await chat.end();
      });
    }

    for (const [profile, what] of Object.entries({ stall: 'has fallen silent', 'stall-source': 'brings heartbeats and no results' })) {
      // enisdenjo/graphql-ws#289: after sleep a socket is open, and never fires again.
      // EventSource/eventsource#134: after sleep nothing comes, no error, no reconnect.
      test(`${transport}: asleep: a connection that ${what} is found soon after waking up, and what it swallowed is fetched`, async (t, newContext) => {
        const chat = await chats.open(newContext, transport, { prepare: withClockAndEars, stall: STALL });
        await chat.say();
        await chat.whole();
        await chat.fault(profile);
        await chat.say({ count: 2 });
        if (profile === 'stall-source') await chat.struck(profile, 2);
        await chat.server.fault({ profile: 'none' }); // what was silenced stays so
        await SLEEPS['all clocks'](chat.page.page);
        await goOn(chat, 30_000, { until: async () => (await chat.look()).gaps.length > 0 });
        const { gaps, recovered } = await chat.whole({ state: 'live' });
        assert.deepEqual([gaps[0], recovered[0]], ['stalled', true]);
        await chat.counts({ live: 1 });
        await chat.end();
      });
    }
  }
});
