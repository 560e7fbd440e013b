/** One client is live and one waits for ten minutes when the module traps: this process must end by itself. */

import { trappingEntry } from './packages.mjs';

const [url] = process.argv.slice(2);
const { createClient } = await import(trappingEntry);
const ended = {};
const sink = (name) => ({ next() {}, error: ({ code }) => (ended[name] = code), complete: () => (ended[name] = 'complete') });
const query = 'subscription { n }';

const waiting = createClient({ url: `${url}?waits` });
const live = createClient({ url: `${url}?traps` });
waiting.on('retry', ({ delayMs }) => {
  ended.delayMs = delayMs;
  live.subscribe({ query }, sink('live'));
});
waiting.subscribe({ query }, sink('waiting'));
process.on('exit', () => console.log(JSON.stringify(ended)));
