/** What `npm run race` measures, as a table in Markdown. */

/** As the hooks of the page name them; with the heads of their columns. */
export const FIGURES = { lost: 'lost', silent: 'in silence', doubled: 'doubled', late: 'late', requests: 'requests' };

/** By client: its hooks' name, and how it is called. */
export const CLIENTS = { 'eventsource': 'EventSource', 'graphql-sse': 'graphql-sse', 'lifeline': 'graphql-lifeline' };

/** `legs`: [{ profile, sent, clients: { name: { lost, … } } }]. */
export function raceTable(legs) {
  const rows = [...legs, total(legs)].flatMap(({ profile, sent, clients }) =>
    Object.entries(CLIENTS).map(([name, label]) => [profile, label, sent, ...Object.keys(FIGURES).map((figure) => clients[name][figure])]),
  );
  return [['fault', 'client', 'sent', ...Object.values(FIGURES)], ['---', '---', ...Array(6).fill('---:')], ...rows].map(line).join('\n');
}

/** Sums over all legs. */
export function total(legs) {
  const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
  const clients = Object.fromEntries(
    Object.keys(CLIENTS).map((name) => [
      name,
      Object.fromEntries(Object.keys(FIGURES).map((figure) => [figure, sum(legs.map(({ clients: all }) => all[name][figure]))])),
    ]),
  );
  return { profile: 'total', sent: sum(legs.map(({ sent }) => sent)), clients };
}

function line(cells) {
  return `| ${cells.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)).join(' | ')} |`;
}
