/** Forty subscriptions of one client, someone who writes, and someone who asks; and a night that goes by. */

import { createClient, type Client, type ClientOptions } from 'graphql-lifeline';
import { order, streams } from '../fault-server.js';
import { NONE } from '../orders.js';
import { latest, send } from '../race/ask.js';
import { plural } from '../words.js';
import { putForward, tell } from './clocks.js';
import { Credentials } from './credentials.js';
import { LATEST } from './documents.js';
import { Member } from './member.js';

export const COUNT = 40;
const HOURS = 8;
/** Written by others while the page sleeps. */
const BY_NIGHT = 5;
const WRITE_EVERY_MS = 1000;
const LOOK_MS = 100;
const TURN_MS = 30_000;
/** The server forgets by itself what it was told should the page vanish. */
const FOR_MS = 120_000;
const AUTHOR = 'Crowd';

export type Phase = 'idle' | 'running' | 'asleep' | 'waking' | 'done' | 'failed';

/** What those do that find none of the browser's connections free. */
export type Sharing = 'auto' | 'one' | 'socket' | 'wait';

export class Crowd {
  readonly #changed: () => void;
  #credentials = new Credentials();
  #client: Client | undefined;
  #on = new AbortController();
  /** Puts the clocks right, as many times as they were put forward. */
  #clocks: (() => void)[] = [];
  /** What is being written or asked; the next one does not begin before. */
  #turn: Promise<void> = Promise.resolve();
  members: readonly Member[] = [];
  phase: Phase = 'idle';
  sent = 0;
  /** Streams and sockets that are open at the server, whoever opened them. */
  open = 0;
  /** How long the last query took, beside all the streams. */
  answeredInMs: number | undefined;
  /** What the night was like. */
  story = '';
  trouble = '';

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get asked(): number {
    return this.#credentials.asked;
  }

  get live(): number {
    return this.members.filter(({ isLive }) => isLive).length;
  }

  async start(sharing: Sharing): Promise<void> {
    this.#giveUp();
    const { signal } = (this.#on = new AbortController());
    Object.assign(this, { sent: 0, answeredInMs: undefined, story: '', trouble: '' });
    this.#credentials = new Credentials();
    await this.#guarded(signal, async () => {
      await order(NONE);
      await order({ profile: 'token-expires', for: FOR_MS }); // from now on it wants to be shown one
      const newest = await latest();
      if (signal.aborted) return;
      const client = (this.#client = createClient(this.#options(sharing)));
      this.members = Array.from({ length: COUNT }, () => new Member(client, newest));
      this.#enter('running');
      await this.#day(client, signal);
    });
  }

  /** The laptop is closed, and opened again in the morning. */
  async night(): Promise<void> {
    if (this.phase !== 'running') return;
    const { signal } = this.#on;
    await this.#guarded(signal, async () => {
      const awake = this.live;
      this.#enter('asleep');
      await this.#turn;
      tell('freeze');
      this.#clocks.push(putForward(HOURS * 3_600_000));
      const asked = this.asked;
      await order({ profile: 'token-expires', for: FOR_MS });
      for (let n = 0; n < BY_NIGHT && !signal.aborted; n++) await this.#write(signal);
      if (signal.aborted) return;
      this.#enter('waking');
      const woken = performance.now();
      tell('resume');
      await this.#until(() => this.live >= awake && this.members.every((member) => !member.isLive || member.received >= this.sent), signal);
      if (signal.aborted) return;
      const seconds = ((performance.now() - woken) / 1000).toFixed(1);
      this.story = `${HOURS} hours later: ${this.live} are live again after ${seconds} s, with ${plural(BY_NIGHT, 'message')} of the night each; the token had expired, and the server was asked for another ${times(this.asked - asked)}.`;
      this.#enter('running');
      await this.#day(this.#client!, signal);
    });
  }

  stop(): void {
    if (this.phase === 'idle' || this.phase === 'done') return;
    this.#giveUp();
    this.#enter('done');
  }

  /** Someone writes, and someone asks, until the night comes or all is over. */
  async #day(client: Client, signal: AbortSignal): Promise<void> {
    while (this.phase === 'running' && !signal.aborted) {
      await (this.#turn = this.#write(signal).then(() => this.#ask(client)));
      await new Promise((resolve) => setTimeout(resolve, WRITE_EVERY_MS));
    }
  }

  async #write(signal: AbortSignal): Promise<void> {
    const at = performance.now();
    const id = await send(AUTHOR, `Message ${this.sent + 1}.`);
    if (signal.aborted) return;
    this.sent += 1;
    for (const member of this.members) member.sent(id, at);
    this.#changed();
  }

  async #ask(client: Client): Promise<void> {
    const at = performance.now();
    const { errors } = await client.execute({ query: LATEST });
    if (errors) throw new Error(errors[0]!.message);
    this.answeredInMs = Math.round(performance.now() - at);
    this.open = await streams();
  }

  #options(sharing: Sharing): ClientOptions<boolean> {
    const credentials = this.#credentials;
    const ways: Readonly<Record<Sharing, Partial<ClientOptions<boolean>>>> = {
      auto: { singleConnection: 'auto' },
      one: { singleConnection: true },
      socket: { websocket: { url: '/graphql', connectionParams: async ({ reason }) => ({ token: await credentials.for(reason) }) } },
      wait: {},
    };
    return {
      url: '/graphql',
      headers: async (_, { reason }) => ({ authorization: `Bearer ${await credentials.for(reason)}` }),
      ...ways[sharing],
    };
  }

  async #until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    const end = performance.now() + TURN_MS;
    while (!holds() && !signal.aborted) {
      if (performance.now() > end) throw new Error(`after ${TURN_MS / 1000} s not everything is back`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  async #guarded(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      this.trouble = error instanceof Error ? error.message : String(error);
      this.#giveUp();
      this.#enter('failed');
    }
  }

  #giveUp(): void {
    this.#on.abort();
    this.#client?.dispose();
    this.#client = undefined;
    for (const putRight of this.#clocks.splice(0).reverse()) putRight();
    // A server that cannot be reached forgets it by itself.
    if (this.phase !== 'idle') void order(NONE).catch(() => {});
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    this.#changed();
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
