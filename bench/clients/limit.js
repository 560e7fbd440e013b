/**
 * LIMIT: what nothing can be much faster than. Reads the body to its end, then parses strings that were
 * already split.
 */

/** Not timed. */
export async function prepare({ url, fetch = globalThis.fetch }) {
  const text = await (await fetch(url, { method: 'POST' })).text();
  const events = text.replaceAll('\r\n', '\n').split('\n\n').filter((event) => event.startsWith('event: next\n'));
  return events.map((event) => event.split('\n').filter((line) => line.startsWith('data: ')).map((line) => line.slice(6)).join('\n'));
}

export async function run(job, tally, strings) {
  await read(job, () => {});
  for (const string of strings) tally.add(JSON.parse(string));
}

/** Each chunk of the body. */
export async function read({ url, fetch = globalThis.fetch }, use) {
  const response = await fetch(url, { method: 'POST' });
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    use(value);
  }
}
