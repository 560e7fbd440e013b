/** How clients are called where somebody reads it. */

export const LABELS = {
  'limit': 'LIMIT',
  'decoded-limit': 'LIMIT + TextDecoder',
  'lifeline': 'graphql-lifeline',
  'lifeline-eventsource': 'graphql-lifeline, EventSource',
  'lifeline-websocket': 'graphql-lifeline',
  'eventsource-parser': 'eventsource-parser',
  'eventsource': 'EventSource + JSON.parse',
  'fetch-event-source': 'fetch-event-source',
  'graphql-sse': 'graphql-sse',
  'sse.js': 'sse.js',
  'graphql-ws': 'graphql-ws',
  'websocket': 'WebSocket + JSON.parse',
};

/** Of event streams. */
export const PEERS = ['eventsource-parser', 'eventsource', 'fetch-event-source', 'graphql-sse', 'sse.js'];
