/** In the page: starts clients, keeps what they tell, and waits for it. Driven by page.evaluate. */

const LIMIT_MS = 15_000;
const runs = new Map();
const waiting = new Set();

/** What can be told of an error across page.evaluate. */
function plain(error) {
  const { name, code, message, status, retryable, transport, errors, cause } = error;
  return { name, code, message, status, retryable, transport, errors, cause: cause === undefined ? undefined : (cause.code ?? cause.name) };
}

function changed() {
  for (const look of waiting) look();
}

/** Notes in a run's list, and looks whether somebody waits for that. */
function noting(list, picture = (item) => item) {
  return (item) => {
    list.push(picture(item));
    changed();
  };
}

/** A client with one operation, known by a name. */
async function start(name, options, request, { entry = '/lifeline.js' } = {}) {
  const { createClient } = await import(entry);
  const client = createClient({ backoff: { initialMs: 1, maxMs: 2 }, ...options });
  const run = { results: [], errors: [], completions: [], transports: [], retries: [], gaps: [], states: [], connected: [], reported: [] };
  client.on('transport', noting(run.transports, ({ transport }) => transport));
  client.on('retry', noting(run.retries, ({ error }) => plain(error)));
  client.on('error', noting(run.reported, ({ error }) => plain(error)));
  const sink = { next: noting(run.results), error: noting(run.errors, plain), complete: noting(run.completions, () => true) };
  const listeners = { gap: noting(run.gaps, ({ reason }) => reason), state: noting(run.states), connected: noting(run.connected) };
  const dispose = client.subscribe(typeof request === 'string' ? { query: request } : request, sink, listeners);
  runs.set(name, { client, dispose, run });
}

function look(name) {
  const { client, dispose, run } = runs.get(name);
  const { state, counters, operations, ladder } = client.snapshot();
  return { ...structuredClone(run), state: dispose.state, client: { state, counters, operations: operations.length, ladder } };
}

/** Resolves with the run as soon as its lists are as long as `least` says, and its state is that. */
function until(name, { state, ...least }) {
  const reached = () => {
    const { run, dispose } = runs.get(name);
    return Object.entries(least).every(([list, length]) => run[list].length >= length) && (state === undefined || dispose.state === state);
  };
  return new Promise((resolve, reject) => {
    const settle = (end) => {
      waiting.delete(lookAgain);
      clearTimeout(timer);
      end();
    };
    const lookAgain = () => reached() && settle(() => resolve(look(name)));
    const timer = setTimeout(() => settle(() => reject(new Error(`${JSON.stringify({ state, ...least })} not within ${LIMIT_MS} ms: ${JSON.stringify(look(name))}`))), LIMIT_MS);
    waiting.add(lookAgain);
    lookAgain();
  });
}

/** Subscribes and disposes, `count` times, so many at once; each at one of the stages, in turn. */
async function cycles(options, query, count, atOnce, stages) {
  const { createClient } = await import('/lifeline.js');
  const client = createClient(options);
  const ended = { completions: 0, errors: [] };
  const cycle = (stage) =>
    new Promise((resolve) => {
      const end = (at) => () => at === stage && queueMicrotask(() => dispose());
      const sink = {
        next: end('result'),
        error: (error) => resolve(ended.errors.push(plain(error))),
        complete: () => resolve((ended.completions += 1)),
      };
      const dispose = client.subscribe({ query }, sink, { connected: end('connected') });
      if (stage === 'at once') dispose();
    });
  let next = 0;
  const lane = async () => {
    while (next < count) await cycle(stages[next++ % stages.length]);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  const { operations, state } = client.snapshot();
  client.dispose();
  return { ...ended, operations: operations.length, state };
}

/** Asks plainly, bounded in time; the answer's text. */
async function ask(url, init = {}) {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(5_000) });
  return response.text();
}

/** An operation in a module worker; its messages until it ends. */
function inWorker(options, query) {
  const worker = new Worker('/worker.js', { type: 'module' });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the worker did not end within ${LIMIT_MS} ms`)), LIMIT_MS);
    worker.onmessage = ({ data }) => {
      clearTimeout(timer);
      resolve(data);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage({ options, query });
  }).finally(() => worker.terminate());
}

globalThis.harness = {
  start,
  look,
  until,
  cycles,
  ask,
  inWorker,
  dispose: (name) => runs.get(name).dispose(),
  disposeClient: (name) => runs.get(name).client.dispose(),
  reconnect: (name) => runs.get(name).client.reconnect(),
  execute: (name, request) => runs.get(name).client.execute(request),
};
