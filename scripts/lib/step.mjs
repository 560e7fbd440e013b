/** Named steps: says what is done, shows that it goes on, and how long it took. */

const terminal = process.stdout.isTTY === true && process.env.CI === undefined;
const everyMs = terminal ? 1_000 : 10_000;
const running = new Set();
let beat;
let drawn = false;

/**
 * Runs `work(note)` under a title. `note(text)` says how far it is; the text is shown while it lasts.
 * A step whose child writes to the terminal itself passes `live: false`.
 */
export async function step(title, work, { live = true } = {}) {
  const started = performance.now();
  const entry = { title, started, text: '', live };
  if (!live || !terminal) say(`> ${title}`);
  watch(entry);
  try {
    const result = await work((text) => (entry.text = text));
    finish(entry, `  done: ${title} (${seconds(performance.now() - started)})`);
    return result;
  } catch (error) {
    finish(entry, `  FAILED: ${title} (${seconds(performance.now() - started)})`);
    throw error;
  }
}

/** One line that does not collide with the line that is being rewritten. */
export function say(line) {
  erase();
  console.log(line);
}

export function seconds(ms) {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

function watch(entry) {
  running.add(entry);
  beat ??= setInterval(draw, everyMs);
  beat.unref();
}

function finish(entry, line) {
  running.delete(entry);
  if (running.size === 0) {
    clearInterval(beat);
    beat = undefined;
  }
  say(line);
}

function draw() {
  const silent = [...running].filter((entry) => entry.live);
  if (terminal) return redraw(silent);
  for (const entry of silent) console.log(`  ... still at it: ${entry.title} (${progress(entry)})`);
}

function redraw(silent) {
  erase();
  if (silent.length === 0) return;
  const line = silent.map((entry) => `${entry.title} (${progress(entry)})`).join(' | ');
  process.stdout.write(line.slice(0, (process.stdout.columns ?? 80) - 1));
  drawn = true;
}

function erase() {
  if (drawn) process.stdout.write('\r\u001b[K');
  drawn = false;
}

function progress({ started, text }) {
  const age = `${Math.round((performance.now() - started) / 1_000)} s`;
  return text === '' ? age : `${age}, ${text}`;
}
