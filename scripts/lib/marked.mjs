import { Problem } from './problem.mjs';

/** The text with `content` between `<!-- name -->` and `<!-- /name -->`, in place of what stands there. */
export function marked(text, name, content) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Problem(`There is no place for it: ${start} and ${end}, in this order, are needed.`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}
