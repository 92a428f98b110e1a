/** Lines over logarithmic axes, in panels two abreast, as SVG for a page of documentation. */
import type { Colours } from "./bars.js";

export interface Lines {
  readonly title: string;
  /** What is said below: the machine, the data. */
  readonly footer: string;
  readonly lines: readonly string[];
  readonly panels: readonly Panel[];
}

export interface Panel {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  /** The points of each line by its place among the names. A line without points is not drawn. */
  readonly points: readonly (readonly Point[])[];
}

export interface Axis {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Where a number stands. */
  readonly ticks: readonly number[];
}

export type Point = readonly [x: number, y: number];

export const WIDTH = 760;
const LEFT = 52;
const PLOT = { width: 310, height: 170 };
const STEP = { x: PLOT.width + 72, y: PLOT.height + 74 };
const TOP = 70;
/** So that colour is not all that tells lines apart. */
const DASHES = ["", "7 3", "2 3", "9 3 2 3"];

/** 10, 100, 1K, …, 1M: longer numbers would run into each other. */
const { format: short } = new Intl.NumberFormat("en-US", { notation: "compact" });

export function lineChart({ title, footer, lines: names, panels }: Lines, colours: Colours): string {
  const { muted, bars } = colours;
  const height = TOP + Math.ceil(panels.length / 2) * STEP.y;
  let at = LEFT;
  const legend = names.map((name, k) => {
    const key = `<path d="M${at} 34h26" ${stroke(bars[k], DASHES[k])}/><text x="${at + 32}" y="38" fill="${muted}">${name}</text>`;
    at += 56 + 6.4 * name.length;
    return key;
  });
  const plots = panels.map((panel, k) =>
    plot(panel, LEFT + (k % 2) * STEP.x, TOP + Math.floor(k / 2) * STEP.y, colours),
  );
  return page({ title, footer, height, content: [...legend, ...plots].join("\n") }, colours);
}

/** What every picture has: a title, a background of its own, as it may stand on a page of the other theme, and a footer. */
export function page(
  { title, footer, height, content }: { title: string; footer: string; height: number; content: string },
  { page: background, text, muted }: Colours,
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12">
<title>${title}</title>
<rect width="${WIDTH}" height="${height}" fill="${background}"/>
<text x="${LEFT}" y="16" font-weight="600" fill="${text}">${title}</text>
${content}
<text x="${LEFT}" y="${height - 8}" font-size="11" fill="${muted}">${footer}</text>
</svg>
`;
}

function plot(
  { title, x, y, points }: Panel,
  left: number,
  top: number,
  { text, muted, bars }: Colours,
): string {
  const bottom = top + PLOT.height;
  const across = scale(x, left, left + PLOT.width);
  const up = scale(y, bottom, top);
  const middle = left + PLOT.width / 2;
  const grid = [
    ...y.ticks.map((tick) => {
      const at = fixed(up(tick));
      return `<path d="M${left} ${at}h${PLOT.width}" stroke="${muted}" stroke-opacity=".25"/><text x="${left - 6}" y="${at + 4}" text-anchor="end" fill="${muted}">${short(tick)}</text>`;
    }),
    ...x.ticks.map((tick) => {
      const at = fixed(across(tick));
      return `<path d="M${at} ${bottom}v4" stroke="${muted}"/><text x="${at}" y="${bottom + 17}" text-anchor="middle" fill="${muted}">${short(tick)}</text>`;
    }),
  ];
  const drawn = points.flatMap((line, k) => {
    if (line.length === 0) return [];
    const path = line.map(([a, b]) => `${fixed(across(a))} ${fixed(up(b))}`).join("L");
    return [`<path d="M${path}" ${stroke(bars[k], DASHES[k])}/>`];
  });
  return `<text x="${left}" y="${top - 8}" fill="${text}">${title}</text>
${grid.join("\n")}
<path d="M${left} ${bottom}h${PLOT.width}" stroke="${muted}"/>
<text x="${middle}" y="${bottom + 34}" text-anchor="middle" fill="${muted}">${x.name}</text>
<text transform="translate(${left - 38} ${top + PLOT.height / 2}) rotate(-90)" text-anchor="middle" fill="${muted}">${y.name}</text>
${drawn.join("\n")}`;
}

function scale({ from, to }: Axis, start: number, end: number): (value: number) => number {
  return (value) => start + ((end - start) * Math.log(value / from)) / Math.log(to / from);
}

function stroke(colour: string, dashes: string): string {
  const dashed = dashes && ` stroke-dasharray="${dashes}"`;
  return `fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"${dashed}`;
}

function fixed(value: number): number {
  return Number(value.toFixed(1));
}
