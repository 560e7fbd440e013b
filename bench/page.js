/** What runs in a page; bench/chromium.mjs calls it. */

import { wasmBytes } from './memories.js';
import { prepare, readSocket, readStream } from './job.js';

globalThis.bench = { prepare, readStream, readSocket, watched, wasmBytes, nameJsonParse };

/** Gives JSON.parse a name in profiles, where what is built in counts as its caller. */
function nameJsonParse() {
  const { parse } = JSON;
  if (parse.name === 'parse') JSON.parse = function jsonParse(text) {
    return parse(text);
  };
}

/** Reads a stream while it is watched what becomes of everything else on the main thread. */
async function watched(name, job) {
  const watch = watchMainThread();
  const result = await readStream(name, job);
  return { ...result, ...(await watch()) };
}

/** Until the answer is called: the longest task that the browser calls long, and the longest waits for a timer and a frame. */
function watchMainThread() {
  const longest = { taskMs: 0, timerMs: 0, frameMs: 0 };
  let longTasks = 0;
  let isOver = false;
  const note = (entries) => {
    longTasks += entries.length;
    for (const { duration } of entries) longest.taskMs = Math.max(longest.taskMs, duration);
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: 'longtask' });
  const probe = (again, place) => {
    let last = performance.now();
    again(function next() {
      const now = performance.now();
      longest[place] = Math.max(longest[place], now - last);
      last = now;
      if (!isOver) again(next);
    });
  };
  probe((next) => setTimeout(next), 'timerMs');
  probe((next) => requestAnimationFrame(next), 'frameMs');
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 100)); // a long task is told of behind its end
    isOver = true;
    note(observer.takeRecords());
    observer.disconnect();
    return { ...longest, longTasks };
  };
}
