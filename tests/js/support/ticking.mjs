/** A schema whose subscription goes on and on, and whose results say by which way they came. */

import { setTimeout as wait } from 'node:timers/promises';
import { buildSchema } from 'graphql';
import { Notices } from './notices.mjs';

export const TICKS = { query: 'subscription { ticks }' };
/** The same where null may be: a server that does not stream finds nothing wrong with that. */
export const MAYBE = { query: 'subscription { maybe }' };
/** A chat in which somebody speaks now and then. */
export const SLOW_TICKS = { query: 'subscription { ticks(everyMs: 500) }' };
/** What no server can parse. */
export const UNREADABLE = { query: 'subscription { ticks ' };

export const TYPES = `
  type Query { hello: String! }
  type Subscription { ticks(everyMs: Int! = 50): String! maybe(everyMs: Int! = 50): String }
`;

/** Which ways subscriptions have come to a server, in order, and which of them are live. */
class Ways extends Notices {
  opened = [];
  live = [];

  open(way) {
    this.opened.push(way);
    this.live.push(way);
    this.changed();
  }

  close(way) {
    this.live.splice(this.live.indexOf(way), 1);
    this.changed();
  }
}

/** What a server executes. Its context says the `way`. */
export function makeTicking() {
  const ways = new Ways();
  const ticking = (field) =>
    async function* (_, { everyMs }, { way }) {
      ways.open(way);
      try {
        for (let n = 1; ; n++) {
          yield { [field]: `${way} ${n}` };
          await wait(everyMs);
        }
      } finally {
        ways.close(way);
      }
    };
  const subscribes = { ticks: ticking('ticks'), maybe: ticking('maybe') };
  const schema = buildSchema(TYPES);
  schema.getQueryType().getFields().hello.resolve = () => 'Hello';
  for (const [name, subscribe] of Object.entries(subscribes)) schema.getSubscriptionType().getFields()[name].subscribe = subscribe;
  return { schema, ways };
}
