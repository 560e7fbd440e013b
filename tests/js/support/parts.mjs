/** Real servers that defer and stream: graphql-js 17 in both of its forms, and graphql-yoga. */

import { buildSchema as buildSchema16 } from 'graphql';
import { buildSchema, experimentalExecuteIncrementally, legacyExecuteIncrementally, parse } from 'graphql-17';
import { createHandler } from 'graphql-sse/lib/use/http';
import { createYoga } from 'graphql-yoga';
import { useDeferStream } from '@graphql-yoga/plugin-defer-stream';
import { listen } from './http.mjs';
import { serveGraphqlWs } from './sockets.mjs';

const DIRECTIVES = `
  directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
  directive @stream(if: Boolean! = true, label: String, initialCount: Int! = 0) on FIELD
`;
const TYPES = `
  type Query { hero: Hero! heroes: [Hero] }
  type Subscription { visits(to: Int!): Hero! }
  type Hero {
    id: ID!
    name: String
    slow: String
    nested: Hero
    friends: [Hero]
    crew: [Hero]
    numbers: [Int]
    strict: [Hero!]
    table: [[Int]]
    fails: String
    boom: String!
  }
`;

/** Random numbers from a seed (mulberry32). */
export function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets one of those that wait go on, and then another, in an order that depends on the seed. */
class Turns {
  #waiting = [];
  #running = false;
  #random;

  constructor(seed) {
    this.#random = random(seed);
  }

  wait(value) {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(value));
      if (!this.#running) this.#run();
    });
  }

  async #run() {
    this.#running = true;
    while (this.#waiting.length > 0) {
      // often enough that what one has caused comes in a message of its own
      for (let turn = 1 + Math.floor(this.#random() * 4); turn > 0; turn--) await new Promise(setImmediate);
      const [next] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
      next();
    }
    this.#running = false;
  }
}

/** What a query can ask for; async fields take their turns. */
function makeRoot(seed) {
  const turns = new Turns(seed);
  const hero = (id, depth = 0) => {
    const more = depth < 3;
    return {
      id,
      name: `name of ${id}`,
      slow: () => turns.wait(`slow ${id}`),
      nested: () => (more ? turns.wait(hero(`${id}n`, depth + 1)) : null),
      friends: async function* () {
        for (let n = 0; more && n < 3; n++) yield turns.wait(n === 1 && depth > 0 ? null : hero(`${id}f${n}`, depth + 1));
      },
      crew: () => (more ? [0, 1, 2].map((n) => hero(`${id}c${n}`, depth + 1)) : []),
      numbers: async function* () {
        for (let n = 0; n < 5; n++) yield turns.wait(n);
      },
      strict: async function* () {
        yield hero(`${id}s0`, 3);
        yield turns.wait(hero(`${id}s1`, 3));
        yield turns.wait(null);
      },
      table: () => [[1, 2], [3], []],
      fails: async () => {
        await turns.wait();
        throw new Error(`fails ${id}`);
      },
      boom: async () => {
        await turns.wait();
        throw new Error(`boom ${id}`);
      },
    };
  };
  return {
    hero: () => hero('h'),
    heroes: () => [hero('a', 1), null, hero('b', 1)],
    visits: async function* ({ to }) {
      for (let n = 0; n < to; n++) yield { visits: await turns.wait(hero(`v${n}`, 2)) };
    },
  };
}

const schema = buildSchema(DIRECTIVES + TYPES);

async function* parts(result) {
  const { initialResult, subsequentResults } = await result;
  // without anything deferred it is an ordinary result
  yield initialResult ?? (await result);
  if (subsequentResults) yield* subsequentResults;
}

/** What graphql-js sends, part by part. */
export function execute(form, { query, variables }, seed) {
  const run = form === 'ids' ? experimentalExecuteIncrementally : legacyExecuteIncrementally;
  return parts(run({ schema, document: parse(query), variableValues: variables, rootValue: makeRoot(seed) }));
}

/** A server over SSE and one over sockets that execute so. */
async function graphqlJs(t, form, seed) {
  const url = await listen(t, createHandler({ onSubscribe: (_, request) => execute(form, request, seed) }));
  const sockets = await serveGraphqlWs(t, {
    onSubscribe: (_, __, request) => ({ schema: buildSchema16('type Query { a: Int }'), document: parse('{ a }'), contextValue: request }),
    execute: ({ contextValue }) => execute(form, contextValue, seed),
  });
  return { url, socketUrl: sockets.url, single: true };
}

async function yoga(t, seed) {
  const schema = buildSchema16(TYPES);
  const root = makeRoot(seed);
  for (const fields of [schema.getQueryType().getFields(), schema.getSubscriptionType().getFields()]) {
    // a subscription's events bear their value themselves
    for (const field of Object.values(fields)) Object.assign(field, field.name === 'visits' ? { subscribe: (_, args) => root.visits(args) } : { resolve: root[field.name] });
  }
  const served = createYoga({
    schema,
    plugins: [useDeferStream()],
    graphqlEndpoint: '/graphql',
    logging: false,
    maskedErrors: false,
  });
  const sockets = await serveGraphqlWs(t, {
    async onSubscribe({ extra }, _, { query, variables }) {
      const { parse, validate, contextFactory, schema, execute, subscribe } = served.getEnveloped({ req: extra.request });
      const document = parse(query);
      const errors = validate(schema, document);
      if (errors.length > 0) return errors;
      return { schema, document, variableValues: variables, contextValue: await contextFactory(), rootValue: { execute, subscribe } };
    },
    execute: (args) => args.rootValue.execute(args),
    subscribe: (args) => args.rootValue.subscribe(args),
  });
  return { url: await listen(t, served), socketUrl: sockets.url, single: false };
}

export const SERVERS = {
  'graphql-js, ids': (t, seed) => graphqlJs(t, 'ids', seed),
  'graphql-js, paths': (t, seed) => graphqlJs(t, 'paths', seed),
  'graphql-yoga': yoga,
};

/** Of each, the whole result is that of the same query in one piece. */
export const QUERIES = {
  'one in another': '{ hero { id ... @defer(if: $on) { slow nested { id ... @defer(if: $on, label: "b") { slow name } } } } }',
  'in a list': '{ heroes { id ... @defer(if: $on) { slow nested { name } } } }',
  'what is there already': '{ hero { id nested { id } ... @defer(if: $on) { id nested { id name slow } } } }',
  'a list that is there already': '{ hero { crew { id nested { id } } ... @defer(if: $on) { crew { slow nested { name } } } } }',
  'side by side': '{ hero { ... @defer(if: $on) { nested { slow } } ... @defer(if: $on) { nested { name fails } } } }',
  'a streamed list': '{ hero { numbers @stream(if: $on, initialCount: 2) } }',
  'a streamed list of objects that defer': '{ hero { friends @stream(if: $on, initialCount: 1) { id ... @defer(if: $on) { slow nested { slow } } } } }',
  'streams in what is deferred': '{ hero { id ... @defer(if: $on) { friends @stream(if: $on) { name numbers @stream(if: $on, initialCount: 1) } } } }',
  'a list of lists': '{ hero { table @stream(if: $on, initialCount: 1) } }',
  'an error where null may be': '{ hero { id ... @defer(if: $on) { name fails friends @stream(if: $on) { fails } } } }',
  'at the root': '{ ... @defer(if: $on) { heroes { slow } } hero { id } }',
};

export const request = (query, on = true) => ({ query: `query Q($on: Boolean!) ${query}`, variables: { on } });
