/** LIMIT and the TextDecoder that whoever reads text from bytes needs. */

import { prepare, read } from './limit.js';

export { prepare };

export async function run(job, tally, strings) {
  const decoder = new TextDecoder();
  let length = 0;
  await read(job, (chunk) => (length += decoder.decode(chunk, { stream: true }).length));
  for (const string of strings) tally.add(JSON.parse(string));
  if (length === 0) throw new Error('nothing was decoded');
}
