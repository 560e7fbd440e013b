/**
 * What ails one endpoint while the other is well, and within what time the first result comes over that one, with default
 * options: the table of issue 17 line by line, and the figures of (L4), which the README shows.
 */

const SECOND = 1_000;
/** headStartMs, where nobody sets it. */
const HEAD_START = 4 * SECOND;
/** Often, or for good. */
const OFTEN = { times: 1_000_000 };
/** The heart of the server that sicknesses are tried on. */
export const HEARTBEAT_ARGS = ['--heartbeat-ms', '1000'];
/** So often a healthy stream has results. */
const TICKS = 'subscription { ticks(everyMs: 100) { n } }';
/** Four beats of the server's heart, and no fifth. */
const BEATS_MS = 4_500;
const YOUNG_MS = 500;

const refused = 2 * SECOND;
/** What opens the breaker of a rung. */
const CALLS = 3;
/** Behind so many failures in a row, at the longest: on the next rung they go on growing. */
const waits = (failures) => Array.from({ length: failures }, (_, n) => 2 ** n * 0.5 * SECOND).reduce((sum, wait) => sum + wait);
/** Known after `ageMs`, each time: 3 a + 4 s, where one rung leads there. */
const failing = (ageMs, rungs = 1) => CALLS * rungs * ageMs + waits(CALLS * rungs) + 0.5 * SECOND;
const stalling = (ageMs, silenceMs) => 2 * (ageMs + silenceMs) + 4 * SECOND;

/** Refusals as servers make them that do not stream: graphql-http, ariadne, a wrong path, a firewall. */
const REFUSALS = [400, 404, 405, 406, 501].map((status) => ({
  name: `${status}`,
  order: { profile: 'no-stream', status, body: JSON.stringify({ errors: [{ message: `fault: ${status}` }] }) },
  withinMs: () => refused,
  askedOnce: true,
}));

const ASKED_TO_WAIT = [429, 503].map((status) => ({
  name: `${status} with Retry-After: 600`,
  order: { profile: `status-${status}`, retryAfter: '600', ...OFTEN },
  withinMs: () => refused,
  askedOnce: true,
}));

/**
 * Of HTTP. `order`: what the server is told; without one nobody listens there. `withinMs`: the figure, by the number of
 * rungs that lead there: each has a breaker of its own, and all share what the server refuses and what it asks to wait.
 * Of an EventSource that fails before it is open a fetch asks why, at once: both breakers count that.
 * `query`: what is subscribed to; `quiet`: a subscription that nobody writes to before the socket carries it.
 * `hidden`: an EventSource is shown nothing of it. `askedOnce`: each rung that leads there is tried once, and then left alone.
 * `beside`: the socket is tried beside an attempt that has shown nothing, and the application hears of one connection.
 */
export const SICKNESSES = [
  { name: '200 with JSON', order: { profile: 'no-stream' }, withinMs: () => refused, askedOnce: true },
  ...REFUSALS,
  ...ASKED_TO_WAIT,
  {
    name: 'retry: 60000, and cut young',
    order: { profile: 'flap', ms: YOUNG_MS, retryMs: 60_000 },
    // An EventSource keeps the wish to itself, so that its own breaker has to open first.
    withinMs: (rungs) => refused + YOUNG_MS + (rungs > 1 ? failing(YOUNG_MS) : 0),
  },
  { name: 'unreachable', withinMs: () => failing(0) },
  { name: '500', order: { profile: 'status', status: 500, ...OFTEN }, withinMs: () => failing(0) },
  { name: 'cut young', order: { profile: 'flap', ms: YOUNG_MS }, withinMs: (rungs) => failing(YOUNG_MS, rungs) },
  {
    name: 'a resolver that throws after three results, and nobody else there',
    order: { profile: 'throws', events: 3 },
    withinMs: (rungs) => failing(400, rungs),
  },
  { name: 'no answer', order: { profile: 'half-open' }, withinMs: () => HEAD_START + 2 * SECOND, beside: true },
  {
    name: 'a proxy that holds back the head',
    order: { profile: 'buffer', head: true, bytes: 1_048_576 },
    withinMs: () => HEAD_START + 2 * SECOND,
    beside: true,
  },
  {
    name: 'silent after four beats, in a quiet chat',
    order: { profile: 'stall', ms: BEATS_MS },
    query: 'subscription { messages { id } }',
    withinMs: () => stalling(BEATS_MS, 10 * SECOND),
    quiet: true,
    hidden: true,
  },
  {
    name: 'silent after four beats, in a busy chat',
    order: { profile: 'stall', ms: BEATS_MS },
    query: 'subscription { ticks(everyMs: 900) { n } }',
    withinMs: () => stalling(BEATS_MS, 10 * SECOND),
    hidden: true,
  },
].map((sickness) => ({ query: TICKS, ...sickness }));

/** Of the socket, on the ladder before fetch. */
export const SILENT_SOCKET = {
  name: 'a socket that falls silent',
  order: { profile: 'stall', ms: YOUNG_MS, on: 'ws' },
  query: TICKS,
  withinMs: () => stalling(YOUNG_MS, 15 * SECOND),
};

/** What may take longer than this is of the long run. */
export const LONG_MS = 20 * SECOND;

/** So much longer a test looks than the figure allows: it looks from time to time. */
export const LOOK_MS = SECOND;

/** The first connection of a journey over this transport that has brought some results. */
export const carried = ({ legs }, transport, results = 1) => legs.find((leg) => leg.transport === transport && leg.results >= results);

/** How long it took until the first result came over a connection. */
export function inTime({ firstMs }, limitMs) {
  return `${(firstMs / SECOND).toFixed(1)} s, of ${(limitMs / SECOND).toFixed(1)} s`;
}
