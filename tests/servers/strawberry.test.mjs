/** Strawberry: answers a subscription over HTTP with 200 and JSON, and closes a socket with 4400 for a syntax error. */

import { testNoStream } from './support/no-stream.mjs';

testNoStream('strawberry_app');
