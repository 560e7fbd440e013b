/** Puts the parts together: events of the connection go to the model, and from there to what one sees. */

import { Chat } from './chat.js';
import { Check } from './check.js';
import { Composer } from './composer.js';
import { Connection, type Hooks } from './connection.js';
import { CounterPanel } from './counters.js';
import { byId } from './dom.js';
import { FaultPanel } from './faults.js';
import { GapPanel } from './gaps.js';
import { Journal } from './journal.js';
import { LadderPanel } from './ladder.js';
import { EventLog } from './log.js';
import { MessageList } from './messages.js';
import { Notice } from './notice.js';
import { PinSwitch } from './pin.js';
import { Plot } from './plot.js';
import type { Scene, Stage } from './stage.js';
import { NO_STATUS, StatusBar } from './status.js';
import { technical } from './technical.js';
import { TourPanel } from './tour-panel.js';
import { Views } from './views.js';
import { transportName } from './words.js';

/** So many failures in a row, and the server counts as away. */
const AWAY_AFTER = 2;
/** Who speaks in the tour. */
const GUIDE = 'Tour';

const chat = new Chat();
const log = new EventLog();
const journal = new Journal(log);
const notice = new Notice();
const plot = new Plot();
const list = new MessageList();
const counters = new CounterPanel();
const gaps = new GapPanel();
const faults = new FaultPanel((text) => log.add('fault', text));

let connection: Connection | undefined;
let check: Check | undefined;
let connections = 0;
let renderPlanned = false;

const status = new StatusBar(() => connection?.status ?? NO_STATUS, again);
const ladder = new LadderPanel({
  read: () => ({ status: connection?.status ?? NO_STATUS, ladder: connection?.ladder ?? [], watch: connection?.watch }),
  isolate: (transport) => connection?.isolate(transport),
  reset: (transport) => connection?.reset(transport),
});
const pins = new PinSwitch((pin) => {
  tour.stop();
  log.add('note', `transport: ${pin === 'auto' ? 'automatic' : `${transportName(pin)} only`}; a new client begins`);
  start();
});
const composer = new Composer({ send, author: (name) => (list.self = name) });
const tour = new TourPanel(stage(), (text) => log.add('tour', text));

/** Ends the client there is and begins a new one, with shorter waits if they are given. */
function start(maxWaitMs?: number): void {
  check?.stop();
  connection?.dispose();
  connection = check = undefined;
  notice.hide();
  try {
    const next = new Connection(pins.pin, chat, hooks(), maxWaitMs);
    connection = next;
    check = new Check((whole) => next.requests.position(whole), chat, { changed, restarted });
  } catch (error) {
    log.add('error', technical(error));
    notice.cannotStart(error);
  }
  update();
}

/** What the button in the bar does. */
function again(): void {
  const state = connection?.status.state;
  if (state === 'waiting' || state === 'suspended') connection?.reconnect();
  else start();
}

function update(): void {
  status.update();
  ladder.update();
}

function hooks(): Hooks {
  return {
    ...streamHooks(),
    loaded(messages) {
      journal.loaded(messages);
      chat.begin(messages);
      changed();
      list.announce();
      update();
    },
    notLoaded(error, retryInMs, failures) {
      journal.notLoaded(error, retryInMs);
      if (failures >= AWAY_AFTER) notice.serverAway();
      update();
    },
    message(message, bytes, healed) {
      plot.arrive(bytes);
      if (healed && !chat.has(message.id)) chat.heal(message.id);
      if (chat.add(message, 'stream').restarted) restarted();
      changed();
    },
    oddResult: (text) => log.add('error', text),
    gap(gap) {
      journal.gap(gap);
      gaps.add(gap);
      // What the client could not heal is the application's to load.
      if (!gap.recovered) void connection?.catchUp();
    },
    restarted,
  };
}

/** The life of the connection. */
function streamHooks(): Pick<Hooks, 'connecting' | 'connected' | 'retry' | 'breaker' | 'stall' | 'state' | 'ended'> {
  return {
    connecting(reconnecting) {
      journal.connecting(reconnecting);
      update();
    },
    connected(reconnected) {
      connections += 1;
      journal.connected(reconnected, connection?.status.transport);
      if (reconnected) plot.mark('reconnect');
      notice.hide();
      update();
    },
    retry(event) {
      journal.retry(event);
      if (event.retries >= AWAY_AFTER) notice.serverAway();
      update();
    },
    breaker(event) {
      journal.breaker(event);
      update();
    },
    stall(event) {
      journal.stall(event);
      update();
    },
    state(state, previous) {
      journal.state(state, previous);
      if (previous === 'live' && state !== 'suspect') {
        plot.mark('cut');
        void faults.look();
      }
      update();
    },
    ended(error) {
      journal.ended(error);
      notice.ended(error);
      update();
    },
  };
}

async function send(author: string, text: string): Promise<void> {
  if (!connection) throw new Error('there is no connection.');
  const message = await connection.requests.send(author, text);
  chat.countSent();
  if (chat.add(message, 'answer').restarted) restarted();
  changed();
}

/** What the client remembers is of another life of the server: a new one begins. */
function restarted(): void {
  journal.restarted();
  chat.restart();
  start();
}

/** The model changed: what comes in one go is drawn in one go. */
function changed(): void {
  if (renderPlanned) return;
  renderPlanned = true;
  queueMicrotask(() => {
    renderPlanned = false;
    list.render(chat.messages, (id) => chat.wasHealed(id));
    counters.update(chat.counters);
  });
}

function stage(): Stage {
  return {
    begin(maxWaitMs) {
      pins.set('auto');
      start(maxWaitMs);
    },
    scene,
    order: async (what) => void (await faults.order(what)),
    async send(text) {
      if (!connection) throw new Error('there is no connection');
      const { id } = await connection.requests.send(GUIDE, text);
      chat.countSent();
      changed();
      return id;
    },
    shown: (id) => chat.has(id),
    reset: (transport) => connection?.reset(transport),
    missing: async () => (await check?.run())?.size ?? 0,
  };
}

function scene(): Scene {
  const state = connection?.status.state;
  const rungs = connection?.ladder ?? [];
  return {
    live: state === 'live' || state === 'suspect',
    transport: connection?.status.transport,
    connections,
    breakers: Object.fromEntries(rungs.map(({ transport, breaker }) => [transport, breaker])),
    healed: gaps.healed,
    unhealed: gaps.all - gaps.healed,
    duplicated: chat.counters.duplicated,
  };
}

/** On a narrow screen the chat comes first, and each instrument is opened when it is wanted. */
function foldInstruments(): void {
  const narrow = matchMedia('(max-width: 56rem)');
  const apply = () => {
    for (const section of byId('instruments', HTMLElement).querySelectorAll('details')) section.open = !narrow.matches;
  };
  narrow.addEventListener('change', apply);
  apply();
}

for (const button of byId('samples', HTMLElement).querySelectorAll('button')) {
  button.addEventListener('click', () => composer.write(sample(Number(button.value))));
}

/** A text of so many bytes, for trying what large messages do. */
function sample(size: number): string {
  return 'A long message that should arrive whole. '.repeat(Math.ceil(size / 41)).slice(0, size);
}

/** Nothing goes on behind another view. */
function leave(): void {
  tour.stop();
  check?.stop();
  connection?.dispose();
  connection = check = undefined;
}

foldInstruments();
// For whoever opens the console: lifeline.snapshot(), lifeline.reconnect() and the like.
Object.defineProperty(window, 'lifeline', { get: () => connection?.client });
const views = new Views(
  {
    chat: {
      enter() {
        start();
        void faults.check();
      },
      leave,
    },
    race: async () => (await import('./race/view.js')).view,
    crowd: async () => (await import('./crowd/view.js')).view,
  },
  (error) => notice.cannotShow(error),
);
// Closing by hand lets the page into the back/forward cache; coming back from it begins anew.
window.addEventListener('pagehide', () => {
  tour.stop();
  connection?.dispose();
});
window.addEventListener('pageshow', (event) => {
  if (event.persisted && views.name === 'chat') start();
});
