/** https://github.com/rexxars/eventsource-parser, fed directly: a parser, without anything around it. */

import { createParser } from 'eventsource-parser';
import { read } from './limit.js';

export async function run(job, tally) {
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === 'next') tally.add(JSON.parse(data));
    },
  });
  const decoder = new TextDecoder();
  await read(job, (chunk) => parser.feed(decoder.decode(chunk, { stream: true })));
}
