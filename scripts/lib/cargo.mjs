/** cargo, with its progress as a note. */

import { run } from './process.mjs';

/** Runs cargo quietly; `note` hears how many crates were compiled so far. */
export function cargo(args, { note = () => {}, ...options } = {}) {
  let crates = 0;
  const onLine = (line) => {
    if (/^\s+Compiling /.test(line)) note(`${(crates += 1)} crates`);
    if (/^\s+Blocking waiting/.test(line)) note('waiting for another cargo');
    if (/^\s+Downloading /.test(line)) note('downloading crates');
  };
  return run('cargo', args, { ...options, onLine, env: { CARGO_TERM_COLOR: 'never', ...options.env } });
}
