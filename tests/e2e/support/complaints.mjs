/** What a browser complains about: errors and warnings in the console, exceptions, broken policies. */

/** What the browsers say of a connection that breaks or is refused; it cannot be silenced, and is no fault of the page. */
export const BROKEN = new RegExp(
  [
    'Failed to load resource: ',
    "EventSource's response has a MIME type",
    'The connection to .* was interrupted while the page was loading',
    'CORS request did not succeed', // an EventSource that is closed before its headers came
    "can.t establish a connection to the server at",
    'WebSocket connection to .* failed',
  ].join('|'),
);

class Complaints {
  items = [];

  /** Each once, save what is expected. */
  except(expected) {
    return [...new Set(this.items)].filter((item) => !expected?.test(item));
  }
}

export function watch(page) {
  const complaints = new Complaints();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.items.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.items.push(`uncaught: ${error.message}`));
  return complaints;
}
