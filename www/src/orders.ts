/** Every way in which the demo server can be made to fail, and what it is told. */

/** The body of `POST /faults`. */
export interface Order {
  readonly profile: string;
  readonly [field: string]: unknown;
}

/** Whom a fault befalls; the server's names. */
export type On = 'sse' | 'ws' | 'all';

export interface Fault {
  /** The server's name of the profile, and the button's: `fault-<name>`. */
  readonly name: string;
  readonly label: string;
  /** What happens, and what to look for. */
  readonly about: string;
  readonly order: Order;
  /** It befalls new streams alone: those open are cut, so that there are new ones. */
  readonly cut?: true;
  /** The server says itself whom it befalls. */
  readonly fixed?: true;
}

export interface Group {
  readonly title: string;
  readonly faults: readonly Fault[];
}

export const NONE: Order = { profile: 'none' };

/** Until it is ended by hand: refusals would end by themselves after the first one. */
const OFTEN = { times: 100_000 };

/** A tour of the others, for one message after another: twelve seconds. */
const SCRIPT: Order = {
  profile: 'script',
  steps: [
    { afterMs: 0, profile: 'status-503', times: 2, on: 'all' },
    { afterMs: 200, profile: 'cut', on: 'all' },
    { afterMs: 3000, profile: 'flap', events: 1, on: 'all' },
    { afterMs: 4000, profile: 'drop', every: 2, on: 'all' },
    { afterMs: 4000, profile: 'cut', on: 'all' },
    { afterMs: 1000, profile: 'none' },
  ],
};

/** A further fault is one more line. */
export const GROUPS: readonly Group[] = [
  {
    title: 'Break connections',
    faults: [
      { name: 'cut', label: 'Cut now', about: 'Every connection breaks, streams in the middle of an event.', order: { profile: 'cut' } },
      { name: 'cut-next', label: 'Cut a message', about: 'The next message breaks off in its middle.', order: { profile: 'cut', onNext: true } },
      { name: 'clean-end', label: 'Clean end', about: 'Every connection ends in due form, without “complete”.', order: { profile: 'clean-end' } },
      { name: 'flap', label: 'Flap', about: 'Connections break after each message.', order: { profile: 'flap', events: 1 }, cut: true },
      { name: 'large-crash', label: 'Crash on large', about: 'A result over 2 KB is lost, the next one too, and then the stream ends.', order: { profile: 'large-crash' }, fixed: true },
    ],
  },
  {
    title: 'Fall silent',
    faults: [
      { name: 'stall', label: 'Stall', about: 'Connections stay open and say nothing more, not even heartbeats.', order: { profile: 'stall' } },
      { name: 'stall-source', label: 'Lose results', about: 'Heartbeats go on, results do not: the audit finds them.', order: { profile: 'stall-source' } },
      { name: 'half-open', label: 'Half-open', about: 'Requests are accepted and get no answer.', order: { profile: 'half-open' }, cut: true },
      { name: 'hold', label: 'Hold requests', about: 'Every new request is held, queries too, and takes one of the browser’s connections: for fifteen seconds.', order: { profile: 'hold', for: 15_000 }, cut: true },
      { name: 'headers-only', label: 'Headers only', about: 'A stream begins, and says nothing until the first message.', order: { profile: 'headers-only' }, cut: true },
    ],
  },
  {
    title: 'Refuse',
    faults: [
      { name: 'status-401', label: '401', about: 'Unauthorized: that is final, until you connect again.', order: { profile: 'status-401', ...OFTEN }, cut: true },
      { name: 'status-429', label: '429', about: 'Too many requests; come back in a second.', order: { profile: 'status-429', ...OFTEN }, cut: true },
      { name: 'status-503', label: '503', about: 'Service unavailable; come back in a second.', order: { profile: 'status-503', ...OFTEN }, cut: true },
      { name: 'token-expires', label: 'Token expires', about: 'Connections end, and a new token is demanded, which this chat has not: that is final, until you connect again. The crowd has one.', order: { profile: 'token-expires' }, fixed: true },
      { name: 'balancer', label: 'Load balancer', about: 'Whoever names a shared stream meets another server, which does not know it. This chat shares none, and does not notice.', order: { profile: 'balancer' }, fixed: true },
      { name: 'portal', label: 'Captive portal', about: 'Whatever is asked for, a web page comes.', order: { profile: 'portal', ...OFTEN }, cut: true },
    ],
  },
  {
    title: 'Spoil results',
    faults: [
      { name: 'replay', label: 'Replay', about: 'Each new stream begins with the last three messages again.', order: { profile: 'replay' }, cut: true },
      { name: 'reorder', label: 'Reorder', about: 'Of each two messages the second comes first.', order: { profile: 'reorder' } },
      { name: 'drop', label: 'Drop', about: 'Every third message is left out: the audit finds it.', order: { profile: 'drop' } },
      { name: 'slow', label: 'Slow', about: 'Bytes drip, a kilobyte a second.', order: { profile: 'slow' } },
      { name: 'buffer', label: 'Buffer', about: 'A proxy holds back what comes until it has 64 KB.', order: { profile: 'buffer' }, fixed: true },
    ],
  },
  {
    title: 'Take down',
    faults: [
      { name: 'ws-down', label: 'WebSocket', about: 'Sockets break, and none is let in.', order: { profile: 'ws-down' }, fixed: true },
      { name: 'all-down', label: 'Everything', about: 'Everything breaks, queries and mutations too.', order: { profile: 'all-down' }, fixed: true },
      { name: 'script', label: 'Script', about: 'Refusals, flapping, dropped messages and cuts, for twelve seconds.', order: SCRIPT, fixed: true },
    ],
  },
];

/** What the server is sent for a fault, one after the other. */
export function ordersOf({ order, cut, fixed }: Fault, on: On): readonly Order[] {
  const aimed = fixed ? order : { ...order, on };
  return cut ? [aimed, { profile: 'cut', on }] : [aimed];
}
