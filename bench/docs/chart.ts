import { barChart, type Colours } from "../bars.js";
import type { Timings } from "../report.js";
import { type Report, rowOf } from "./report.js";

/** On a white page, and on a black one. */
export const light: Colours = {
  page: "#ffffff",
  text: "#1f2328",
  muted: "#59636e",
  bars: ["#0969da", "#80b4f0", "#9aa4af"],
};
export const dark: Colours = {
  page: "#0d1117",
  text: "#f0f6fc",
  muted: "#9198a1",
  bars: ["#58a6ff", "#2f6bb0", "#6b7480"],
};

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

/** The chart of the README: softmax of a Float32Array by shape, as SVG. */
export function chart({ newest, processor }: Report, colours: Colours): string {
  const groups = GROUPS.flatMap(([label, name]) => {
    const timings = rowOf(newest, "softmax f32", label);
    return timings === undefined ? [] : [{ name, values: BARS.map(([bar]) => timeOf(timings, bar)) }];
  });
  const title = "softmax of a Float32Array: nanoseconds per element, shorter is better";
  const footer = `${processor}, one thread, Node ${newest.node}, medians`;
  return barChart({ title, footer, bars: BARS.map(([, name]) => name), groups }, colours);
}

function timeOf(timings: Timings, bar: string): number {
  if (bar !== "kernels") return timings[bar];
  return Math.min(...[timings.relaxed, timings.simd].filter((time) => time !== undefined));
}
