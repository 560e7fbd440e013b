/** Puts the parts together: events of the connection go to the model, and from there to what one sees. */

import { Chat } from './chat.js';
import { Composer } from './composer.js';
import { Connection, type Hooks } from './connection.js';
import { CounterPanel } from './counters.js';
import { byId } from './dom.js';
import { FaultPanel } from './faults.js';
import { keepWhole, type Keeper, type Outcome } from './history.js';
import { EventLog } from './log.js';
import { MessageList } from './messages.js';
import { Notice } from './notice.js';
import { PinSwitch } from './pin.js';
import { Plot } from './plot.js';
import { NO_STATUS, StatusBar } from './status.js';
import { plural, technical, transportName } from './words.js';

/** A hole may be filled by the stream itself: an answer to a mutation can overtake it. */
const HOLE_PATIENCE_MS = 1000;
/** So many failures in a row, and the server counts as away. */
const AWAY_AFTER = 2;

const chat = new Chat();
const log = new EventLog();
const notice = new Notice();
const plot = new Plot();
const list = new MessageList();
const counters = new CounterPanel();
const faults = new FaultPanel((text) => log.add('fault', text));

let connection: Connection | undefined;
let keeper: Keeper | undefined;
let holeTimer: ReturnType<typeof setTimeout> | undefined;
let renderPlanned = false;

const status = new StatusBar(() => connection?.status ?? NO_STATUS, again);
const pins = new PinSwitch((pin) => {
  log.add('note', `transport: ${pin === 'auto' ? 'automatic' : `${transportName(pin)} only`}; a new client begins`);
  start();
});
const composer = new Composer({ send, author: (name) => (list.self = name) });

/** Ends the client there is and begins a new one. */
function start(): void {
  keeper?.stop();
  connection?.dispose();
  connection = keeper = undefined;
  notice.hide();
  try {
    const next = new Connection(pins.pin, hooks());
    connection = next;
    keeper = keepWhole((page) => next.history(page), chat, { done: historyLoaded, failed: historyFailed });
  } catch (error) {
    log.add('error', technical(error));
    notice.cannotStart(error);
  }
  status.update();
}

/** What the button in the bar does. */
function again(): void {
  if (connection?.status.state === 'waiting') connection.reconnect();
  else start();
}

function hooks(): Hooks {
  return {
    message(message, bytes) {
      plot.arrive(bytes);
      if (chat.add(message, 'live').restarted) foundRestart();
      changed();
    },
    oddResult: (text) => log.add('error', text),
    connecting(reconnecting) {
      log.add('connect', reconnecting ? 'connecting again' : 'connecting');
      status.update();
    },
    connected(reconnected) {
      const transport = connection?.status.transport;
      log.add('connect', `${reconnected ? 'connected again' : 'connected'}${transport ? ` by ${transportName(transport)}` : ''}`);
      if (reconnected) plot.mark('reconnect');
      notice.hide();
      // Asked for only now that the stream is open: what is sent from here on comes live, so nothing falls between.
      chat.connected();
      keeper?.request();
      status.update();
    },
    retry({ error, retries, delayMs }) {
      const when = delayMs === undefined ? 'soon' : `in ${Math.round(delayMs)} ms`;
      log.add('retry', `${technical(error)}; trying again ${when}`);
      if (retries >= AWAY_AFTER) notice.serverAway();
      status.update();
    },
    gap({ reason, since }) {
      log.add('gap', `${reason}: something may have been missed since ${since.toLocaleTimeString()}`);
      // After a reconnect `connected` asks anyway.
      if (reason !== 'reconnect') keeper?.request();
    },
    state(state, previous) {
      log.add('state', `${previous} → ${state}`);
      if (previous === 'live') plot.mark('cut');
      status.update();
    },
    ended(error) {
      log.add('error', error === undefined ? 'the server completed the subscription' : `the subscription ended: ${technical(error)}`);
      notice.ended(error);
      status.update();
    },
  };
}

async function send(author: string, text: string): Promise<void> {
  if (!connection) throw new Error('there is no connection.');
  const message = await connection.send(author, text);
  if (chat.add(message, 'answer').restarted) foundRestart();
  changed();
}

function historyLoaded({ pages, messages, restarted }: Outcome): void {
  log.add('history', `${plural(messages, 'message')} loaded in ${plural(pages, 'page')}`);
  if (restarted) sayRestart();
  changed();
  list.announce();
}

function historyFailed(error: unknown, retryInMs: number | undefined): void {
  const next = retryInMs === undefined ? 'given up until the next reconnect' : `again in ${retryInMs / 1000} s`;
  log.add('error', `history: ${technical(error)}; ${next}`);
  changed();
}

/** A single message has shown it, so what else the new server has is not known yet. */
function foundRestart(): void {
  sayRestart();
  keeper?.request();
}

function sayRestart(): void {
  log.add('note', 'the server was restarted and counts its messages from the beginning; the list begins anew');
}

/** The model changed: what comes in one go is drawn in one go. */
function changed(): void {
  if (renderPlanned) return;
  renderPlanned = true;
  queueMicrotask(() => {
    renderPlanned = false;
    list.render(chat.messages);
    counters.update(chat.counters);
    watchHoles();
  });
}

function watchHoles(): void {
  if (!chat.hasOpenHoles() || holeTimer !== undefined) return;
  holeTimer = setTimeout(() => {
    holeTimer = undefined;
    if (chat.hasOpenHoles()) keeper?.request();
  }, HOLE_PATIENCE_MS);
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

foldInstruments();
start();
void faults.check();
// Closing by hand lets the page into the back/forward cache; coming back from it begins anew.
window.addEventListener('pagehide', () => connection?.dispose());
window.addEventListener('pageshow', (event) => {
  if (event.persisted) start();
});
