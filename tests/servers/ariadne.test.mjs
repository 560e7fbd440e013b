/** Ariadne: answers a subscription over HTTP with 400, and a syntax error on its socket with `error`. */

import { testNoStream } from './support/no-stream.mjs';

testNoStream('ariadne_app');
