/** A reporter for a file of Node's tests that writes only what failed, a line of JSON a test; `npm test` says it again at its end. */

import { inspect } from 'node:util';

const LINES = 40;

/** A test that failed only because one within it failed has nothing of its own to tell. */
const SECOND_HAND = 'subtestsFailed';

/** Node's events in, text out. Nothing comes out when nothing failed. */
export default async function* failing(events) {
  const open = []; // the names of what is being told, the outermost first
  for await (const { type, data } of events) {
    if (type === 'test:start') open.splice(data.nesting, Infinity, data.name);
    if (type === 'test:fail' && data.details.error.failureType !== SECOND_HAND) yield `${JSON.stringify(told(data, open))}\n`;
  }
}

function told({ name, nesting, details: { error } }, open) {
  const lines = message(error.cause ?? error).split('\n').slice(0, LINES);
  return { name, parents: open.slice(0, nesting), lines };
}

/** What is thrown need not be an Error, nor something that can be made a string. */
function message(cause) {
  const text = cause?.stack ?? cause?.message ?? cause;
  return typeof text === 'string' ? text : inspect(text);
}
