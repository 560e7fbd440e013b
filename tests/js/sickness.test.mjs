/** In Node: one endpoint is sick, the other is well, and every option has its default. In browsers: tests/resilience. */

import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import { createClient } from '../../dist/index.js';
import { freePort } from '../../scripts/lib/port.mjs';
import { eventually } from '../e2e/support/eventually.mjs';
import { Journey, journeysOf } from '../e2e/support/lab/journey.js';
import { LONG } from '../e2e/support/long.mjs';
import { useServer } from '../e2e/support/server.mjs';
import { carried, HEARTBEAT_ARGS, inTime, LONG_MS, LOOK_MS, SICKNESSES, SILENT_SOCKET } from '../resilience/support/sicknesses.mjs';
import { Recorder } from './support/notices.mjs';
import { test } from './support/test.mjs';

// Node 20 has none of its own.
globalThis.WebSocket ??= WebSocket;

const server = useServer({ page: false, args: HEARTBEAT_ARGS });
/** Beside the figure: a server that is asked. */
const ROOM_MS = 10_000;

const inNode = [
  ...SICKNESSES.map((sickness) => ({ ...sickness, title: `HTTP: ${sickness.name}`, transports: ['fetch', 'websocket'] })),
  { ...SILENT_SOCKET, title: SILENT_SOCKET.name, transports: ['websocket', 'fetch'] },
];

for (const { title, transports, withinMs, ...sickness } of inNode.filter((one) => LONG || one.withinMs(1) <= LONG_MS)) {
  const limitMs = withinMs(1);
  const [, sound] = transports;
  test(`${title}: ${sound} carries it within ${limitMs / 1_000} s`, async (t) => {
    await server.fresh();
    if (sickness.order) await server.fault(sickness.order);
    const client = await connect(t, transports, sickness);
    const journey = new Journey();
    const sink = new Recorder(() => journey.result());
    const travels = journeysOf(client);
    travels(client.subscribe({ query: sickness.query }, sink).id, journey);
    if (sickness.quiet) {
      await eventually(() => client.snapshot().transport, sound, limitMs + LOOK_MS);
      for (const text of ['one', 'two', 'three']) await server.send(text);
    }
    const look = (results) => ({ ...outcome(sink), journey: (it) => carried(it, sound, results) });
    const { journey: soon } = await eventually(() => ({ ...outcome(sink), journey: journey.look() }), look(1), limitMs + LOOK_MS);
    const leg = carried(soon, sound);
    t.diagnostic(inTime(leg, limitMs));
    assert.ok(leg.firstMs <= limitMs, inTime(leg, limitMs));
    await eventually(() => ({ ...outcome(sink), journey: journey.look() }), look(3));
    assert.deepEqual(outcome(sink), { errors: [], completions: 0 });
    // That it was sick and not merely slow: whoever came was treated so.
    const { faults, sse, [side(sound)]: streams } = await server.stats();
    assert.equal(streams.live, 1);
    if (sickness.order) assert.ok(faults[sickness.order.profile] >= 1, JSON.stringify(faults));
    if (sickness.askedOnce) assert.equal(sse.requests, 1);
  }, limitMs + ROOM_MS);
}

const outcome = ({ errors, completions }) => ({ errors, completions });
const side = (transport) => (transport === 'websocket' ? 'ws' : 'sse');

/** All that an application must say. */
async function connect(t, transports, { order }) {
  const url = order === undefined ? `http://127.0.0.1:${await freePort()}/graphql` : server.graphql;
  const client = createClient({ url, transports, websocket: { url: server.socket } });
  t.after(() => client.dispose());
  return client;
}
