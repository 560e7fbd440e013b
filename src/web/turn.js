/** The page's turns: how much is done in one, and how to wait for the next. */

/** So many bytes, or so much text, go into the module at once, and so many milliseconds of work are done before the page may do something else. */
export const SLICE = 2 ** 17;
export const TURN = 12;

/** Who waits for the page's next turn, in order, and the two ends of what brings it. */
const waiting = [];
let ring;
let rung;

/** Not by a timer: those of hidden pages come once a second. */
export function nextTurn() {
  // a page that is made up by a test environment
  if (!globalThis.MessageChannel) return new Promise((resolve) => setTimeout(resolve));
  if (!ring) {
    ({ port1: ring, port2: rung } = new MessageChannel());
    rung.onmessage = () => {
      const resolve = waiting.shift();
      if (!waiting.length) rung.unref?.();
      resolve();
    };
  }
  rung.ref?.(); // Node stays for as long as somebody waits
  ring.postMessage(0);
  return new Promise((resolve) => waiting.push(resolve));
}
