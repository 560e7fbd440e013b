/**
 * What failed in a suite, as `npm test` says it again at its end, where it is found without scrolling through all
 * that passed: `{ name, place, lines, command }`, which test, where it is, what it expected and what it got, and
 * the command that runs it alone.
 */

/** Of each failure, so many lines are said again. */
const LINES = 40;

/** All of a suite's failures as text; a suite that names none has the end of its output to tell, and its own command. */
export function toldFailures(suite, { message, output, failures }) {
  const named = failures.length > 0 ? failures : [{ name: 'failed', lines: output, end: true, command: `npm test -- ${suite}` }];
  return [`${suite}: ${message}`, ...named.map(told)].join('\n');
}

function told({ name, place, lines, end = false, command }) {
  const some = end ? lines.slice(-LINES) : lines.slice(0, LINES);
  return [`✖ ${name}${place ? ` (${place})` : ''}`, ...some.map((line) => `  | ${line}`), `  alone: ${command}`].join('\n');
}

/**
 * The failures in what `cargo test` wrote, one for each test. `alone(name)` is the command for it.
 *
 * libtest says `---- name stdout ----` before what a test that failed has written, and ends that with the next such line,
 * or with the list of all that failed.
 */
export function rustFailures(output, alone) {
  const failures = [];
  let current;
  for (const line of output) {
    const name = /^---- (\S+)( stdout| output)? ----$/.exec(line)?.[1];
    if (name !== undefined) failures.push((current = { name, lines: [], command: alone(name) }));
    else if (line === 'failures:') current = undefined;
    else if (current !== undefined && line !== '') current.lines.push(line);
  }
  return failures;
}

/** A word as a shell takes it. */
export function quoted(word) {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
