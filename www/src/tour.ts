/** The story that the tour plays. It only presses what a reader could press, and says so. */

import type { Transport } from 'graphql-lifeline';
import { NONE } from './orders.js';
import { Patience, type Scene, type Stage } from './stage.js';
import { bytes, plural, seconds, transportName } from './words.js';

/** Says one line of the commentary. */
export type Say = (text: string) => void;

/** A page that vanishes in the middle of it leaves no broken server behind. */
const CRASH = { profile: 'large-crash', bytes: 2048, for: 120_000 };
const READ_MS = 1500;
/** The client's own waits grow to half a minute. */
const MAX_WAIT_MS = 3000;
const BREATH_MS = 500;
/** The second loss on a transport shows that it loses what is large; more are needed only where something was slow. */
const MOST_KILLS = 12;
const LARGE = 4096;
const HUGE = 65_536;
const BEST: Transport = 'eventsource';

/** A stream that a large message has ended. */
interface Killed {
  readonly transport: Transport;
  /** Was it the one attempt of a breaker that is half-open? */
  readonly wasTried: boolean;
}

export class Tour {
  readonly #stage: Stage;
  readonly #say: Say;
  readonly #wait: Patience;
  #sent: number[] = [];
  #before: Scene;

  constructor(stage: Stage, say: Say, signal: AbortSignal) {
    this.#stage = stage;
    this.#say = say;
    this.#wait = new Patience(signal);
    this.#before = stage.scene();
  }

  /** Plays it to its end. Rejects with `Stopped`, or with what went wrong. The server is left whole in any case. */
  async play(): Promise<void> {
    try {
      await this.#open();
      await this.#kill();
      await this.#carryOn();
      await this.#mend();
      await this.#count();
    } finally {
      await this.#stage.order(NONE).catch(() => {});
    }
  }

  async #open(): Promise<void> {
    this.#say(
      `A new client begins: EventSource first, then fetch, then WebSocket. All is as it is by default, but that it waits no longer than ${seconds(MAX_WAIT_MS)} between attempts.`,
    );
    await this.#stage.order(NONE);
    this.#stage.begin(MAX_WAIT_MS);
    await this.#live();
    this.#before = this.#stage.scene();
    await this.#tell('All is well.');
    await this.#wait.pause(READ_MS);
    await this.#stage.order(CRASH);
    this.#say('Now the server has a bug: a result over 2 KB is lost, the next one too, and then its stream ends. Its WebSocket is sound.');
    await this.#wait.pause(READ_MS);
  }

  /** Large messages end one stream after the other, until the ladder has none left. */
  async #kill(): Promise<void> {
    let killed: Killed | undefined;
    for (let kills = 1; kills <= MOST_KILLS; kills += 1) {
      await this.#live();
      const born = performance.now();
      // It proves that the connection is subscribed: behind it, the gap before can be healed for good.
      await this.#tell(`Stream ${kills} is there.`);
      if (killed !== undefined) await this.#sayWhatCameOf(killed);
      const { transport } = this.#stage.scene();
      if (transport === undefined || transport === 'websocket') return;
      killed = await this.#killOne(transport, born);
    }
    throw new Error(`${MOST_KILLS} streams died, and no breaker opened`);
  }

  async #killOne(transport: Transport, born: number): Promise<Killed> {
    const before = this.#stage.scene();
    await this.#wait.pause(BREATH_MS);
    await this.#send(large('A large message. ', LARGE));
    await this.#wait.pause(BREATH_MS);
    await this.#send('The one behind it.');
    await this.#wait.until('the stream to end', () => !this.#stage.scene().live || this.#stage.scene().connections > before.connections);
    const age = ((performance.now() - born) / 1000).toFixed(1);
    this.#say(`A message of ${bytes(LARGE)} has ended ${transportName(transport)}, ${age} s after it connected: too young to count as healthy. Two messages are missing.`);
    await this.#wait.pause(READ_MS);
    return { transport, wasTried: before.breakers[transport] === 'half-open' };
  }

  /**
   * Its breaker may have opened when it died, or only now: what the backfill has brought tells the client that this
   * transport loses what is large.
   */
  async #sayWhatCameOf({ transport, wasTried }: Killed): Promise<void> {
    await this.#wait.until('the gap to be healed', () => this.#sent.every((id) => this.#stage.shown(id)));
    this.#say('It has connected again, and a backfill has brought the two: the gap is healed.');
    await this.#live();
    if (this.#stage.scene().breakers[transport] === 'closed') return;
    const why = wasTried ? 'It was a single attempt to see whether all is well again, and it is not' : 'That was too often';
    this.#say(`${why}: the breaker of ${transportName(transport)} is open. The client leaves it alone and takes the next rung.`);
  }

  async #carryOn(): Promise<void> {
    this.#say('The messages come by WebSocket now. The server’s event streams are still broken; large messages arrive all the same.');
    await this.#tell('By WebSocket.');
    await this.#tell(large('A large message by WebSocket. ', HUGE));
    await this.#wait.until('nothing to be missing', () => this.#sent.every((id) => this.#stage.shown(id)));
    this.#say(`${plural(this.#sent.length, 'message')} sent so far, all of them shown.`);
    await this.#wait.pause(READ_MS);
  }

  async #mend(): Promise<void> {
    await this.#stage.order(NONE);
    this.#say('The server’s event streams are mended. The client would find out by itself: about a minute after it fell back, it tries the better rung.');
    await this.#wait.pause(2 * READ_MS);
    this.#say(`The tour does not wait for that: it presses Reset on the rung of ${transportName(BEST)}.`);
    this.#stage.reset(BEST);
    await this.#wait.until('the best transport', () => this.#stage.scene().live && this.#stage.scene().transport === BEST);
    await this.#tell('Back again.');
    await this.#tell(large('A large message on the best transport. ', LARGE));
    this.#say(`Back on ${transportName(BEST)}, and a large message has come through.`);
    await this.#wait.pause(READ_MS);
  }

  /** The verdict is not the client's: the page has compared with the server. */
  async #count(): Promise<void> {
    const missing = await this.#missing();
    const { healed, unhealed, duplicated } = this.#stage.scene();
    const doubled = duplicated - this.#before.duplicated;
    const gaps = healed + unhealed - this.#before.healed - this.#before.unhealed;
    this.#say(
      `${plural(this.#sent.length, 'message')} sent, ${this.#sent.filter((id) => this.#stage.shown(id)).length} shown; ` +
        `${plural(gaps, 'gap')}, ${healed - this.#before.healed} healed. Compared with the server’s history: ${missing} lost, ${doubled} doubled.`,
    );
    if (missing > 0 || doubled > 0) throw new Error('that is not what was promised');
  }

  /** What is missing when others, who send as well, have had their time. */
  async #missing(): Promise<number> {
    let missing = await this.#stage.missing();
    for (let looks = 1; missing > 0 && looks < 10; looks += 1) {
      await this.#wait.pause(READ_MS);
      missing = await this.#stage.missing();
    }
    return missing;
  }

  #live(): Promise<void> {
    return this.#wait.until('a live connection', () => this.#stage.scene().live);
  }

  /** Sends one and waits until it is shown. */
  async #tell(text: string): Promise<void> {
    const id = await this.#send(text);
    await this.#wait.until('a message to be shown', () => this.#stage.shown(id));
  }

  async #send(text: string): Promise<number> {
    const id = await this.#stage.send(text);
    this.#sent.push(id);
    return id;
  }
}

function large(phrase: string, size: number): string {
  return phrase.repeat(Math.ceil(size / phrase.length)).slice(0, size);
}
