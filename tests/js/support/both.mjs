/** graphql-sse's client and ours, for tests that both must pass. */

import * as theirs from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/http';
import * as ours from '../../../dist/index.js';
import { listen } from './http.mjs';
import { makeSchema } from './schema.mjs';
import { test } from './test.mjs';

const packages = { 'graphql-sse': theirs, 'graphql-lifeline': ours };

/** One test for each package. `body` gets `create`, whose clients are disposed of in the end. */
export function both(name, body) {
  for (const [origin, module] of Object.entries(packages)) {
    test(`${origin}: ${name}`, (t) => body(t, { create: creator(t, module), NetworkError: module.NetworkError }));
  }
}

function creator(t, { createClient }) {
  return (options) => {
    const client = createClient({ retry: async () => {}, ...options });
    t.after(() => client.dispose());
    return client;
  };
}

/** graphql-sse's own server. */
export async function serveGraphql(t) {
  const { schema, feeds } = makeSchema();
  return { url: await listen(t, createHandler({ schema })), feeds };
}

export const FEED = { query: 'subscription { feed }' };
export const fed = (text) => ({ data: { feed: text } });
