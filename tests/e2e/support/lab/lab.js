/** Runs in the browser: clients by name, and what became of their operations, in values that can leave the page. */

import { Journey, journeysOf } from './journey.js';
import { furnished } from './recipes.js';

const runs = new Map();
const clients = new Map();

/** A client of the package at `entry`. */
async function create(name, options, entry = '/lifeline.js') {
  const { createClient } = await import(entry);
  const self = { newest: 0 };
  const client = (self.client = createClient(furnished(options, self)));
  clients.set(name, { client, self, told: listen(client), travels: journeysOf(client) });
}

/** What a client announces, in values that can leave the page. */
function listen(client) {
  const told = { retries: [], transports: [], breakers: [], stalls: [], limits: [], oversizes: [], clientStates: [] };
  client.on('retry', ({ delayMs, error }) => told.retries.push({ delayMs, code: error.code, status: error.status }));
  client.on('transport', ({ transport }) => told.transports.push(transport));
  client.on('breaker', ({ transport, state }) => told.breakers.push(`${transport} ${state}`));
  client.on('stall', ({ judgement }) => told.stalls.push(judgement));
  client.on('limit', ({ action }) => told.limits.push(action));
  client.on('oversize', ({ transport, reason }) => told.oversizes.push(`${transport} ${reason}`));
  client.on('state', ({ state }) => told.clientStates.push(state));
  return told;
}

/** Starts an operation of a client that there is. */
function subscribe(name, query, clientName = name) {
  const { client, self, travels } = clients.get(clientName);
  const journey = new Journey();
  const run = { clientName, journey, results: [], errors: [], completions: 0, gaps: [], recovered: [], states: [], connected: 0 };
  runs.set(name, run);
  const sink = {
    next: (result) => {
      run.results.push(result);
      journey.result();
      self.newest = Math.max(self.newest, result.data?.messages?.id ?? 0);
    },
    error: (error) => run.errors.push(plain(error)),
    complete: () => (run.completions += 1),
  };
  run.dispose = client.subscribe({ query }, sink, {
    gap: ({ reason, recovered }) => (run.gaps.push(reason), run.recovered.push(recovered)),
    connected: () => (run.connected += 1),
    state: (state) => run.states.push(state),
  });
  travels(run.dispose.id, journey);
}

/** The same as a plain request, by `execute`. */
function mutate(name, query, clientName = name) {
  const { client } = clients.get(clientName);
  const run = { clientName, results: [], errors: [], completions: 0, gaps: [], recovered: [], states: [], connected: 0, dispose: () => {} };
  runs.set(name, run);
  client.execute({ query }).then((result) => (run.results.push(result), (run.completions += 1)), (error) => run.errors.push(plain(error)));
}

/** What became of an operation so far. */
function look(name) {
  const { dispose, clientName, journey, ...run } = runs.get(name);
  const { client, told } = clients.get(clientName);
  const { state, transport, counters, operations } = client.snapshot();
  return { ...run, ...told, journey: journey?.look(), state: dispose.state, clientState: state, transport, attempts: counters.attempts, operations: operations.length };
}

/** How long the texts of its ticks are: they themselves are too long to leave the page. */
function lengths(name) {
  const { results, errors, completions, gaps } = runs.get(name);
  return { lengths: results.map(({ data }) => data.ticks.padding.length), errors, completions, gaps };
}

/** The answer to a query. */
const execute = (name, query) => clients.get(name).client.execute({ query });

const dispose = (name) => runs.get(name).dispose();
const disposeClient = (name) => clients.get(name).client.dispose();
const resetBreaker = (name, transport) => clients.get(name).client.breaker(transport).reset();
const reconnect = (name) => clients.get(name).client.reconnect();
const reasons = (name) => clients.get(name).self.reasons;
const snapshot = (name) => JSON.parse(JSON.stringify(clients.get(name).client.snapshot()));

/** So many operations, begun and disposed of at various stages, `abreast` at a time. */
async function cycles(name, query, count, abreast) {
  const { client } = clients.get(name);
  let completions = 0;
  const errors = [];
  const one = (n) =>
    new Promise((resolve) => {
      const end = () => dispose();
      const sink = {
        next: () => n % 3 === 2 && end(),
        error: (error) => (errors.push(plain(error)), resolve()),
        complete: () => ((completions += 1), resolve()),
      };
      const dispose = client.subscribe({ query }, sink, { connected: () => n % 3 === 1 && end() });
      if (n % 3 === 0) end();
    });
  for (let n = 0; n < count; n += abreast) {
    await Promise.all(Array.from({ length: Math.min(abreast, count - n) }, (_, index) => one(n + index)));
  }
  return { completions, errors, operations: client.snapshot().operations.length };
}

/** So many operations of a client. */
function swarm(clientName, query, count) {
  for (let n = 0; n < count; n++) subscribe(`${clientName} ${n}`, query, clientName);
}

/** What became of a client's operations, in short. */
function lookAll(clientName) {
  const all = [...runs.values()].filter((run) => run.clientName === clientName);
  return {
    live: all.filter(({ dispose }) => dispose.state === 'live').length,
    connecting: all.filter(({ dispose }) => dispose.state === 'connecting').length,
    completions: all.reduce((sum, run) => sum + run.completions, 0),
    errors: all.flatMap(({ errors }) => errors),
    ids: all.map(({ results }) => results.map(({ data }) => data.messages.id)),
    unhealed: all.flatMap(({ recovered }) => recovered).filter((healed) => !healed).length,
    breakers: clients.get(clientName).told.breakers,
    limits: clients.get(clientName).told.limits,
  };
}

function plain(error) {
  const { name, message, code, status, retryable, transport, errors, cause } = error;
  return { name, message, code, status, retryable, transport, errors, cause: cause?.code ?? cause?.name };
}

globalThis.lab = { create, subscribe, mutate, look, lengths, dispose, disposeClient, resetBreaker, reconnect, reasons, snapshot, execute, cycles, swarm, lookAll };
