import type { Timings } from "../report.js";
import { type Report, rowOf } from "./report.js";

interface Colours {
  readonly text: string;
  readonly muted: string;
  readonly bars: readonly string[];
}

/** On a white page, and on a black one: the chart itself has no background. */
export const light: Colours = { text: "#1f2328", muted: "#59636e", bars: ["#0969da", "#80b4f0", "#9aa4af"] };
export const dark: Colours = { text: "#f0f6fc", muted: "#9198a1", bars: ["#58a6ff", "#2f6bb0", "#6b7480"] };

const GROUPS: readonly (readonly [label: string, name: string])[] = [
  ["1 × 10", "10 numbers"],
  ["1 × 1,000", "1,000 numbers"],
  ["1 × 151,936", "151,936 numbers"],
  ["1,000 × 10", "1,000 rows of 10"],
  ["4,096 × 1,000", "4,096 rows of 1,000"],
];

const BARS: readonly (readonly [candidate: string, name: string])[] = [
  ["kernels", "softmax-wasm"],
  ["js", "softmax-wasm without WebAssembly"],
  ["naive", "loop with Math.exp"],
];

const WIDTH = 760;
const LEFT = 150;
const RIGHT = 50;
const BAR = 11;
const GROUP = 3 * BAR + 12;
const TOP = 52;

/** The chart of the README: softmax of a Float32Array by shape, as SVG. */
export function chart({ newest, processor }: Report, { text, muted, bars }: Colours): string {
  const groups = GROUPS.flatMap(([label, name]) => {
    const timings = rowOf(newest, "softmax f32", label);
    return timings === undefined ? [] : [{ name, values: BARS.map(([bar]) => timeOf(timings, bar)) }];
  });
  const most = Math.max(...groups.flatMap(({ values }) => values));
  const scale = (WIDTH - LEFT - RIGHT) / most;
  const height = TOP + groups.length * GROUP + 18;

  let at = LEFT;
  const legend = BARS.map(([, name], k) => {
    const key = `<rect x="${at}" y="28" width="${BAR}" height="${BAR}" fill="${bars[k]}"/>
  <text x="${at + BAR + 5}" y="38" fill="${muted}">${name}</text>`;
    at += BAR + 30 + 7 * name.length;
    return key;
  });
  const rows = groups.flatMap(({ name, values }, g) => {
    const top = TOP + g * GROUP;
    const cells = values.map((value, k) => {
      const y = top + k * BAR;
      return `<rect x="${LEFT}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR - 1}" fill="${bars[k]}"/>
  <text x="${(LEFT + value * scale + 5).toFixed(1)}" y="${y + BAR - 2}" fill="${k === 0 ? text : muted}">${value.toFixed(1)}</text>`;
    });
    const y = top + 1.5 * BAR + 4;
    return [`<text x="${LEFT - 10}" y="${y}" text-anchor="end" fill="${text}">${name}</text>`, ...cells];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12">
  <title>softmax of a Float32Array: nanoseconds per element</title>
  <text x="${LEFT}" y="14" font-weight="600" fill="${text}">softmax of a Float32Array: nanoseconds per element, shorter is better</text>
  ${[...legend, ...rows].join("\n  ")}
  <text x="${LEFT}" y="${height - 6}" font-size="11" fill="${muted}">${processor}, one thread, Node ${newest.node}, medians</text>
</svg>
`;
}

function timeOf(timings: Timings, bar: string): number {
  if (bar !== "kernels") return timings[bar];
  return Math.min(...[timings.relaxed, timings.simd].filter((time) => time !== undefined));
}
