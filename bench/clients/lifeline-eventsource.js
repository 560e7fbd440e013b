/** This package by EventSource. */

import { connect, listen } from './lifeline.js';

export function run(job, tally) {
  return listen(connect(job, { method: 'GET', transports: ['eventsource'] }), tally);
}
