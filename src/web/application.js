/** What is asked of the application's own functions: where to, with which headers, when again, does it flow. */

import { ADMITTED, CROWDED, LIFETIME, PROBED, RETRY_FAILED, RETRY_READY, UNPREPARED } from './news.js';
import { ACCEPTED, JSON_ANSWER, RESERVED } from './request.js';

/** What is asked for headers: why, by the numbers that `open` gets; those above are of renewals. */
export const REASONS = ['connect', 'renew'];

/** Whose request a reserved stream is: it carries those of all. */
const NOBODY = { request: { query: '' } };

/** Asks for the URL and the headers, and takes a slot; then the connection may begin. */
export async function prepare(shell, connection, why, connect) {
  const { op, number, abort, want } = connection;
  let { url, headers, httpUrl = url } = shell.options;
  if (want === JSON_ANSWER) url = httpUrl;
  try {
    const { request } = shell.requests.get(op) ?? NOBODY;
    if (typeof url === 'function') url = await url(request);
    if (typeof url !== 'string') throw new TypeError('url() must return a string');
    const entered = want === JSON_ANSWER || want === ACCEPTED ? undefined : enter(shell, connection, url);
    if (entered) await entered;
    // a page that has left does not want its token refreshed
    if (!shell.running(connection)) return;
    if (typeof headers === 'function') {
      const reason = REASONS[why];
      headers = await (reason ? headers(request, { attempt: number, reason, signal: abort.signal }) : renewed(shell, why, request, number));
    }
    tellLifetime(shell, connection);
  } catch (reason) {
    shell.tell(UNPREPARED, op, number, reason);
    return;
  }
  if (shell.running(connection)) connect(url, headers);
}

/** Takes a slot, if one is needed; the promise resolves once it is there. */
function enter(shell, connection, url) {
  const { op, number, want } = connection;
  const tell = (kind) => {
    if (shell.running(connection)) shell.tell(kind, op, number);
  };
  let enter;
  const entered = new Promise((resolve) => (enter = resolve));
  const onTaken = (wasCrowded) => {
    if (wasCrowded) tell(ADMITTED);
    enter();
  };
  connection.leave = shell.slots.take(url, want === RESERVED, onTaken, () => tell(CROWDED));
  return connection.leave && entered;
}

/** The headers of a renewal: asked for once, by the first who needs them. Whoever leaves, the others wait on. */
function renewed(shell, renewal, request, attempt) {
  if (shell.renewal < renewal) {
    shell.renewal = renewal;
    const { headers } = shell.options;
    shell.fresh = (async () => headers(request, { attempt, reason: 'unauthorized', signal: shell.lifetime.signal }))();
  }
  return shell.fresh;
}

/** How long the application wants the connection to live: a token's time, say. */
export function tellLifetime(shell, connection) {
  let { renewAfterMs: wait } = shell.options;
  if (typeof wait === 'function') wait = wait();
  if (wait === undefined || wait === Infinity) return;
  if (!(typeof wait === 'number' && wait === wait)) throw new TypeError('renewAfterMs() must return a number of milliseconds');
  if (shell.running(connection)) shell.tell(LIFETIME, connection.op, connection.number, undefined, undefined, 0, Math.max(wait, 0));
}

/** When to try again. */
export async function askRetry(shell, op, number, retries) {
  const connection = { op, number };
  shell.keep(connection);
  try {
    await shell.options.retry(retries);
  } catch (reason) {
    shell.tell(RETRY_FAILED, op, number, reason);
    return;
  }
  if (shell.running(connection)) shell.tell(RETRY_READY, op, number);
}

/** Do results still flow? What the probe throws proves nothing. */
export async function askProbe(shell, op, number) {
  const connection = shell.get(op, number) ?? shell.socket;
  let answer;
  try {
    answer = await shell.options.stall.probe({ request: shell.requests.get(op).request, signal: connection.abort.signal });
  } catch {
    // as if it had not run
  }
  if (shell.running(connection)) shell.tell(PROBED, op, number, answer === undefined ? undefined : !!answer);
}
