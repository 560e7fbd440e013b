/** Draws what `npm run simulate -- fleet` measures: who is live, and how hard the server is tried. */

import { style } from './plot.mjs';

const SECONDS = 180;
const WIDTH = 760;
const PANEL = { left: 84, width: 650, height: 170 };
const TOPS = [40, 265];
/** Attempts are drawn by powers of ten, up to this one. */
const POWERS = 6;

/** An SVG that reads on light and on dark pages. */
export function drawFleet(races) {
  const count = Math.max(...races.flatMap(({ live }) => live));
  const ofLive = (live) => live / count;
  const ofAttempts = (attempts) => Math.log10(Math.max(attempts, 1)) / POWERS;
  const [awayS] = races.map((race) => race.awayS);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 540" role="img" aria-labelledby="title">
<title id="title">${count.toLocaleString('en')} clients lose their server for ${awayS} seconds: live clients, and attempts a second</title>
<style>${style()}</style>
${panel(TOPS[0], 'live clients', [[0, '0 %'], [0.5, '50 %'], [1, '100 %']], awayS)}
${races.map(({ live }, n) => curve(TOPS[0], n, live.map(ofLive))).join('\n')}
${panel(TOPS[1], 'attempts a second', [0, 2, 4, 6].map((power) => [power / POWERS, (10 ** power).toLocaleString('en')]), awayS)}
${races.map(({ attempts }, n) => curve(TOPS[1], n, attempts.map(ofAttempts))).join('\n')}
${races.map(({ rules }, n) => legend(rules, n)).join('\n')}
</svg>
`;
}

function panel(top, title, marks, awayS) {
  const lines = marks.map(([share, label]) => {
    const y = top + PANEL.height * (1 - share);
    return `<line class="grid" x1="${PANEL.left}" x2="${PANEL.left + PANEL.width}" y1="${y}" y2="${y}"/><text x="${PANEL.left - 8}" y="${y + 4}" text-anchor="end">${label}</text>`;
  });
  const times = [0, 30, 60, 90, 120, 150, 180].map((second) => `<text x="${xOf(second)}" y="${top + PANEL.height + 18}" text-anchor="middle">${second} s</text>`);
  const away = `<rect class="away" x="${xOf(0)}" y="${top}" width="${xOf(awayS) - xOf(0)}" height="${PANEL.height}"/><text x="${xOf(awayS / 2)}" y="${top - 8}" text-anchor="middle">server away</text>`;
  return [`<text x="${PANEL.left + PANEL.width}" y="${top - 8}" text-anchor="end">${title}</text>`, away, ...lines, ...times].join('\n');
}

function curve(top, n, shares) {
  // Nothing happens after the last value.
  const whole = Array.from({ length: SECONDS + 1 }, (_, second) => shares[Math.min(second, shares.length - 1)]);
  const points = whole.map((share, second) => `${xOf(second)} ${(top + PANEL.height * (1 - share)).toFixed(1)}`);
  return `<path class="c${n}" d="M${points.join('L')}"/>`;
}

function legend(rules, n) {
  const [x, y] = [PANEL.left + (n % 2) * 340, 485 + Math.floor(n / 2) * 24];
  return `<path class="c${n}" d="M${x} ${y}h36"/><text x="${x + 46}" y="${y + 4}">${rules}</text>`;
}

function xOf(second) {
  return Math.round((PANEL.left + (PANEL.width * second) / SECONDS) * 10) / 10;
}
