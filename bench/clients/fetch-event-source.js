/** https://github.com/Azure/fetch-event-source */

import { fetchEventSource } from '@microsoft/fetch-event-source';

/** It takes a page for granted, of which Node has nothing. */
globalThis.window ??= globalThis;
globalThis.document ??= { removeEventListener() {} };

export async function run({ url, fetch }, tally) {
  await fetchEventSource(url, {
    method: 'POST',
    fetch,
    openWhenHidden: true,
    async onopen() {},
    onmessage({ event, data }) {
      if (event === 'next') tally.add(JSON.parse(data));
    },
    onerror(error) {
      throw error;
    },
  });
}
