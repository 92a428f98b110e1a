import { barChart, type Colours } from "../bars.js";
import type { Report } from "./report.js";

export const light: Colours = {
  page: "#ffffff",
  text: "#1f2328",
  muted: "#59636e",
  bars: ["#0969da", "#bc4c00", "#d4a72c", "#1a7f37", "#8250df", "#9aa4af", "#57606a"],
};
export const dark: Colours = {
  page: "#0d1117",
  text: "#f0f6fc",
  muted: "#9198a1",
  bars: ["#58a6ff", "#db6d28", "#e3b341", "#3fb950", "#a371f7", "#6b7480", "#9198a1"],
};

const GROUPS: readonly (readonly [label: string, name: string])[] = [
  ["1 × 1,000", "1,000 numbers"],
  ["1 × 151,936", "151,936 numbers"],
  ["1,000 × 10", "1,000 rows of 10"],
  ["4,096 × 1,000", "4,096 rows of 1,000"],
];

/** One line of each package, arrays and tensors kept where it can. */
const BARS: readonly (readonly [candidate: string, name: string])[] = [
  ["softmax-wasm relaxed", "softmax-wasm"],
  ["onnxruntime-web", "onnxruntime-web"],
  ["tfjs wasm", "tfjs wasm"],
  ["jax-js wasm", "jax-js"],
  ["transformers.js", "transformers.js"],
  ["loop with Math.exp", "loop with Math.exp"],
  ["C, libmvec", "C with libmvec, AVX2"],
];

/** softmax of a Float32Array by shape and package. */
export function chart({ processor, runs }: Report, colours: Colours): string {
  const [{ node, tables }] = runs;
  const table = tables.find(({ operation, type }) => operation === "softmax" && type === "f32");
  const groups = GROUPS.map(([label, name]) => ({
    name,
    values: BARS.map(([candidate]) => {
      const time = table?.candidates[candidate]?.times[label];
      return typeof time === "number" ? time : undefined;
    }),
  }));
  return barChart(
    {
      title: "softmax of a Float32Array beside other packages: ns per element, shorter is better",
      footer: `${processor}, one thread, Node ${node}, medians`,
      bars: BARS.map(([, name]) => name),
      groups,
    },
    colours,
  );
}
