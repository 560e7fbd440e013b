/** A schema whose subscription the test feeds. */

import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { Notices } from './notices.mjs';

/** An async iterator that the test feeds, and that tells when it was ended from the other side. */
export class Feed extends Notices {
  returned = false;
  #values = [];
  #ended = false;

  push(...values) {
    this.#values.push(...values.map((value) => ({ feed: value })));
    this.changed();
  }

  end() {
    this.#ended = true;
    this.changed();
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async next() {
    await this.until(() => this.#values.length > 0 || this.#ended || this.returned);
    const value = this.#values.shift();
    return value && !this.returned ? { done: false, value } : { done: true, value: undefined };
  }

  async return() {
    this.returned = true;
    this.changed();
    return { done: true, value: undefined };
  }
}

/** The schema, and the feeds of the subscriptions that were started, in order. */
export function makeSchema() {
  const feeds = new (class extends Notices {
    list = [];
    opened(n) {
      return this.until(() => this.list[n]);
    }
  })();
  let total = 0;
  const string = { type: new GraphQLNonNull(GraphQLString) };
  const int = { type: new GraphQLNonNull(GraphQLInt) };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: { hello: { ...string, args: { name: { type: GraphQLString } }, resolve: (_, { name }) => `Hello ${name ?? 'you'}` } },
    }),
    mutation: new GraphQLObjectType({
      name: 'Mutation',
      fields: { add: { ...int, args: { by: int }, resolve: (_, { by }) => (total += by) } },
    }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        count: { ...int, args: { to: int }, subscribe: (_, { to }) => upTo(to) },
        feed: {
          ...string,
          subscribe: () => {
            const feed = new Feed();
            feeds.list.push(feed);
            feeds.changed();
            return feed;
          },
        },
      },
    }),
  });
  return { schema, feeds };
}

async function* upTo(to) {
  for (let count = 1; count <= to; count++) yield { count };
}
