/** The plot of the last minute, on a canvas. Draws only while there is something to see that moves. */

import { byId, setText } from './dom.js';
import { SPAN_MS, Timeline, type Figures, type MarkKind } from './timeline.js';
import { bytes, plural } from './words.js';

/** How often the minute moves on. Calm on purpose, and slower for those who want less motion. */
const STEP_MS = 250;
const REDUCED_STEP_MS = 2000;
/** How often the figures are brought up to date while the canvas is out of sight. */
const UNSEEN_STEP_MS = 2000;
/** Drawn a little before it is scrolled into view. */
const MARGIN = '200px';

/** Sizes from 64 B to at least 64 KB, on a logarithmic scale; it grows with what comes. */
const SMALLEST = 64;
const LEAST_TOP = 64 * 1024;
const GRID = [1024, 32 * 1024, 1024 * 1024];

const LABELS_PX = 44;
const RATE_PX = 36;
const GAP_PX = 10;
const FOOT_PX = 18;

interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

type Colours = Readonly<Record<'grid' | 'label' | 'arrival' | 'rate' | MarkKind, string>>;

export class Plot {
  readonly #timeline = new Timeline();
  readonly #canvas = byId('plot', HTMLCanvasElement);
  readonly #caption = byId('plot-figures', HTMLElement);
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  #colours: Colours | undefined;
  #visible = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const redraw = () => {
      this.#colours = undefined;
      this.#soon(0);
    };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
    document.addEventListener('visibilitychange', redraw);
    new ResizeObserver(redraw).observe(this.#canvas);
    const sight = ([entry]: IntersectionObserverEntry[]) => {
      this.#visible = entry?.isIntersecting ?? true;
      this.#soon(0);
    };
    new IntersectionObserver(sight, { rootMargin: MARGIN }).observe(this.#canvas);
  }

  arrive(size: number): void {
    this.#timeline.arrive(performance.now(), size);
    this.#soon(0);
  }

  mark(kind: MarkKind): void {
    this.#timeline.mark(performance.now(), kind);
    this.#soon(0);
  }

  /** One step is planned at a time. */
  #soon(ms: number): void {
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => this.#step(), ms);
  }

  #step(): void {
    this.#timeline.prune(performance.now());
    this.#describe();
    if (this.#visible) requestAnimationFrame(() => this.#draw());
    // An empty minute looks the same whenever it is drawn.
    if (this.#timeline.isEmpty) return;
    this.#soon(!this.#visible ? UNSEEN_STEP_MS : this.#calm.matches ? REDUCED_STEP_MS : STEP_MS);
  }

  #draw(): void {
    const now = performance.now();
    const context = this.#prepare();
    if (!context) return;
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    this.#colours ??= readColours(this.#canvas);
    const rate = { left: LABELS_PX, right: width - 6, top: height - FOOT_PX - RATE_PX, bottom: height - FOOT_PX };
    const sizes = { ...rate, top: 8, bottom: rate.top - GAP_PX };
    const top = Math.max(LEAST_TOP, this.#timeline.figures.largest * 1.5);
    drawGrid(context, this.#colours, sizes, rate, top);
    drawRate(context, this.#colours, rate, this.#timeline.perSecond(now));
    for (const { at, kind } of this.#timeline.marks) {
      drawMark(context, this.#colours[kind], kind, across(sizes, now - at), sizes.top, rate.bottom);
    }
    drawSizes(context, this.#colours.arrival, sizes, this.#timeline, now, top);
  }

  /** A cleared context whose unit is the CSS pixel, sharp on any display. */
  #prepare(): CanvasRenderingContext2D | undefined {
    const { clientWidth, clientHeight } = this.#canvas;
    const context = this.#canvas.getContext('2d');
    if (!context || clientWidth === 0 || clientHeight === 0) return undefined;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, clientWidth, clientHeight);
    return context;
  }

  #describe(): void {
    const text = inWords(this.#timeline.figures);
    setText(this.#caption, text);
    const label = `Arrivals and their sizes. ${text}`;
    if (this.#canvas.getAttribute('aria-label') !== label) this.#canvas.setAttribute('aria-label', label);
  }
}

function inWords({ messages, largest, cuts, reconnects }: Figures): string {
  const size = messages > 0 ? `, largest ${bytes(largest)}` : '';
  return `Last 60 s: ${plural(messages, 'message')}${size}, ${plural(cuts, 'cut')}, ${plural(reconnects, 'reconnect')}`;
}

function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    grid: colour('plot-grid'),
    label: colour('muted'),
    arrival: colour('plot-arrival'),
    rate: colour('plot-rate'),
    cut: colour('bad'),
    reconnect: colour('good'),
  };
}

/** The place in the minute. */
function across({ left, right }: Area, ageMs: number): number {
  return right - (ageMs / SPAN_MS) * (right - left);
}

/** The place of a size on the logarithmic scale. */
function upward({ top, bottom }: Area, size: number, largest: number): number {
  const share = Math.log(Math.max(size, SMALLEST) / SMALLEST) / Math.log(largest / SMALLEST);
  return bottom - share * (bottom - top);
}

function drawGrid(context: CanvasRenderingContext2D, colours: Colours, sizes: Area, rate: Area, largest: number): void {
  context.font = '11px system-ui, sans-serif';
  context.fillStyle = colours.label;
  context.strokeStyle = colours.grid;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  const line = (y: number) => {
    context.beginPath();
    context.moveTo(rate.left, Math.round(y) + 0.5);
    context.lineTo(rate.right, Math.round(y) + 0.5);
    context.stroke();
  };
  for (const size of GRID.filter((size) => size < largest)) {
    const y = upward(sizes, size, largest);
    line(y);
    context.fillText(bytes(size), rate.left - 6, y);
  }
  line(sizes.bottom);
  line(rate.bottom);
  context.fillText('per s', rate.left - 6, (rate.top + rate.bottom) / 2);
  context.textBaseline = 'top';
  for (const age of [60, 30, 0]) {
    context.textAlign = age === 60 ? 'left' : age === 0 ? 'right' : 'center';
    context.fillText(age === 0 ? 'now' : `−${age} s`, across(rate, age * 1000), rate.bottom + 4);
  }
}

function drawRate(context: CanvasRenderingContext2D, colours: Colours, rate: Area, counts: readonly number[]): void {
  const most = Math.max(4, ...counts);
  const width = (rate.right - rate.left) / counts.length;
  context.fillStyle = colours.rate;
  counts.forEach((count, index) => {
    const height = (count / most) * (rate.bottom - rate.top);
    context.fillRect(rate.left + index * width + 0.5, rate.bottom - height, Math.max(1, width - 1), height);
  });
}

/** A cut is a dashed line and a cross, a reconnect a solid line and a triangle: not told by colour alone. */
function drawMark(context: CanvasRenderingContext2D, colour: string, kind: MarkKind, x: number, top: number, bottom: number): void {
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash(kind === 'cut' ? [4, 3] : []);
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, bottom);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  if (kind === 'cut') {
    context.moveTo(x - 4, top - 4);
    context.lineTo(x + 4, top + 4);
    context.moveTo(x + 4, top - 4);
    context.lineTo(x - 4, top + 4);
    context.stroke();
  } else {
    context.moveTo(x - 4, bottom);
    context.lineTo(x + 4, bottom);
    context.lineTo(x, bottom - 7);
    context.fill();
  }
}

function drawSizes(context: CanvasRenderingContext2D, colour: string, sizes: Area, { arrivals }: Timeline, now: number, largest: number): void {
  context.fillStyle = colour;
  for (const { at, bytes: size } of arrivals) {
    context.beginPath();
    context.arc(across(sizes, now - at), upward(sizes, size, largest), 3.5, 0, 2 * Math.PI);
    context.fill();
  }
}
