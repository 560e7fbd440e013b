/** Parts of a suite that cannot be had on a machine, as the final table names them. */

/** As long as a reason may be in a table. */
const LONGEST = 120;

/** One row for each, below that of its suite; `skipped` has the reasons by the parts' names. */
export function skippedRows(skipped) {
  return [...skipped].map(([name, reason]) => [`  ${name}: ${short(reason)}`, 'skipped', '']);
}

/** Its first line; where that is of a program that failed, with the last line that this wrote. */
function short(reason) {
  const [first, ...others] = reason.split('\n');
  const last = others.at(-1)?.replace(/^ *\| /, '');
  const line = last === undefined ? first : `${first.replace(/ Its last lines:$/, '')} ${last}`;
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}
