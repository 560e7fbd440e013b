/** Those who race: the configuration of each, as it can be copied, and how its page can follow it. */

import type { State } from 'graphql-lifeline';
import { subscribe as byEventSource } from './configurations/eventsource.js';
import eventSourceText from './configurations/eventsource.js?raw';
import { subscribe as byGraphqlSse } from './configurations/graphql-sse.js';
import graphqlSseText from './configurations/graphql-sse.js?raw';
import { subscribe as byLifeline } from './configurations/lifeline.js';
import lifelineText from './configurations/lifeline.js?raw';
import type { Signs } from './signs.js';

export interface Racer {
  /** As in `race-<name>-lost`. */
  readonly name: string;
  readonly label: string;
  readonly about: string;
  /** The very file that runs here. */
  readonly configuration: string;
  /** Begins behind the message `newest`; the answer ends it. */
  run(newest: number, signs: Signs): () => void;
}

export const RACERS: readonly Racer[] = [
  {
    name: 'eventsource',
    label: 'EventSource',
    about: 'The browser’s own. A page does not see its requests: counted are the first one, and each “error” after which it tries again.',
    configuration: eventSourceText,
    run: runEventSource,
  },
  {
    name: 'graphql-sse',
    label: 'graphql-sse',
    about: 'Its defaults. Each fetch counts. It tells of a cut only when it tries again, so “live” may be old news.',
    configuration: graphqlSseText,
    run: runGraphqlSse,
  },
  {
    name: 'lifeline',
    label: 'graphql-lifeline',
    about: 'Each fetch counts, backfills and audits too, and each socket.',
    configuration: lifelineText,
    run: runLifeline,
  },
];

function runEventSource(_: number, signs: Signs): () => void {
  signs.state('connecting');
  signs.request();
  return byEventSource({
    next: (result) => signs.result(result),
    open() {
      signs.state('live');
      signs.connected(false);
    },
    error(source) {
      signs.cutOff();
      if (source.readyState === EventSource.CLOSED) return signs.ended();
      signs.state('waiting');
      signs.request();
    },
  });
}

function runGraphqlSse(_: number, signs: Signs): () => void {
  const sink = { next: (result: unknown) => signs.result(result), error: (error: unknown) => signs.ended(error), complete: () => signs.ended() };
  return byGraphqlSse(sink, {
    fetchFn: counted(signs),
    on: {
      connecting(again) {
        signs.state('connecting');
        if (again) signs.cutOff();
      },
      connected() {
        signs.state('live');
        signs.connected(false);
      },
    },
  });
}

function runLifeline(newest: number, signs: Signs): () => void {
  const sink = { next: (result: unknown) => signs.result(result), error: (error: unknown) => signs.ended(error), complete: () => signs.ended() };
  const listeners = {
    state(state: State) {
      if (state === 'closed') return; // told by the sink
      signs.state(state);
      if (state === 'live') signs.connected(true);
      else if (state !== 'suspect') signs.cutOff();
    },
    gap({ recovered, lastKey }: { readonly recovered: boolean; readonly lastKey: string | undefined }) {
      if (!recovered) signs.gap(Number(lastKey ?? newest));
    },
  };
  // Asked for once for each socket.
  const websocket = { url: () => (signs.request(), '/graphql') };
  return byLifeline(newest, sink, listeners, { fetchFn: counted(signs), websocket });
}

function counted(signs: Signs): typeof fetch {
  return (...what) => {
    signs.request();
    return fetch(...what);
  };
}
