/**
 * A reporter for `node --test` that writes only what failed, a few lines a test: `npm test` says it again at
 * its end, where it is found without scrolling through all that passed.
 */

import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { shown } from './paths.mjs';

const LINES = 12;

/** A test that failed only because one within it failed has nothing of its own to tell. */
const SECOND_HAND = 'subtestsFailed';

/** Node's `test:fail` events in, text out. Nothing comes out when nothing failed. */
export default async function* failing(events) {
  for await (const { type, data } of events) {
    if (type === 'test:fail' && data.details.error.failureType !== SECOND_HAND) yield told(data);
  }
}

function told({ name, file, line, details: { error } }) {
  const place = file === undefined ? '' : ` (${[shown(path(file)), line].filter((part) => part !== undefined).join(':')})`;
  const lines = message(error.cause ?? error).split('\n').slice(0, LINES);
  return [`✖ ${name}${place}`, ...lines.map((text) => `  | ${text}`)].join('\n') + '\n';
}

function path(file) {
  return file.startsWith('file:') ? fileURLToPath(file) : file;
}

/** Errors of a test's process come as copies: not every one is an Error here, or can be made a string. */
function message(cause) {
  const text = cause?.stack ?? cause?.message ?? cause;
  return typeof text === 'string' ? text : inspect(text);
}
