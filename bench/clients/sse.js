/** https://github.com/mpetazzoni/sse.js */

import { SSE } from 'sse.js';

export function run({ url }, tally) {
  return new Promise((resolve, reject) => {
    const source = new SSE(url, { method: 'POST' });
    source.addEventListener('next', ({ data }) => tally.add(JSON.parse(data)));
    source.addEventListener('complete', () => {
      source.close();
      resolve();
    });
    source.addEventListener('error', () => reject(new Error('sse.js: an error')));
  });
}
