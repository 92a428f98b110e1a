/** Every picture of README.md and docs/, but for those of docs/peers.md, which its benchmark draws. */
import { readFileSync, writeFileSync } from "node:fs";
import { plotOf } from "../../src/cli/reliability.js";
import type { Colours } from "../bars.js";
import { type Axis, lineChart, type Panel, type Point } from "../lines.js";
import type { Timings } from "../report.js";
import { chart, dark, light } from "./chart.js";
import { contours } from "./contours.js";
import type { Errors } from "./errors.js";
import type { Reliability } from "./reliability.js";
import type { Report } from "./report.js";

/** docs/pictures.json: what is computed, and takes a while. */
export interface Computed {
  readonly errors: readonly Errors[];
  readonly reliability: Reliability;
}

export const DATA = "docs/pictures.json";
const LINES = {
  light: { ...light, bars: ["#0969da", "#8250df", "#6e7781", "#bc4c00"] },
  dark: { ...dark, bars: ["#58a6ff", "#bc8cff", "#9198a1", "#f0883e"] },
};

/** The pictures by the names of their files. */
export function pictures(report: Report, computed: Computed): Map<string, string> {
  const draw: Readonly<Record<string, (bars: Colours, lines: Colours) => string>> = {
    speed: (bars) => chart(report, bars),
    scaling: (_, lines) => scaling(report, lines),
    accuracy: (_, lines) => accuracy(computed.errors, lines),
    contours,
    reliability: (_, { bars: [share, , , sure], ...lines }) => {
      const { before, after, temperature } = computed.reliability;
      const note = "4,000 digits; T fitted on 4,000 others; logistic regression, trained on 200";
      return plotOf(before, after, temperature, { ...lines, bars: [share, sure] }, note);
    },
  };
  return new Map(
    Object.entries(draw).flatMap(([name, of]) => [
      [`docs/${name}.svg`, of(light, LINES.light)],
      [`docs/${name}-dark.svg`, of(dark, LINES.dark)],
    ]),
  );
}

export function drawPictures(): void {
  const [report, computed] = ["docs/speed.json", DATA].map((file) => JSON.parse(readFileSync(file, "utf8")));
  for (const [file, svg] of pictures(report, computed)) writeFileSync(file, svg);
}

function accuracy(errors: readonly Errors[], colours: Colours): string {
  const kernels = ["simd", "js", "loop", "single"];
  return lineChart(
    {
      title: "The largest error of softmax, in units in the last place (ulp) of the type",
      footer:
        "Logits drawn from a normal distribution, judged against double-double arithmetic. By length: σ = 5. By σ: 1,024 logits.",
      lines: ["softmax-wasm simd", "softmax-wasm js", "loop with Math.exp", "loop rounded to float32"],
      panels: errors.map(({ type, by, rows }) => ({
        title: `${type === "f32" ? "Float32Array" : "Float64Array"}, by ${by === "length" ? "length" : "spread"}`,
        x:
          by === "length"
            ? axis("logits", 3, 1_000_000, [10, 100, 1000, 10_000, 100_000, 1_000_000])
            : axis("σ, the standard deviation of the logits", 0.1, 80, [0.1, 0.5, 1, 5, 10, 80]),
        y: axis("ulp", 0.3, 10_000, [0.5, 1, 10, 100, 1000, 10_000]),
        points: kernels.map((kernel) =>
          rows.flatMap(({ at, ulp }): Point[] => (kernel in ulp ? [[at, ulp[kernel]]] : [])),
        ),
      })),
    },
    colours,
  );
}

function scaling({ newest, processor }: Report, colours: Colours): string {
  const rows = Object.entries(newest.tables.find(({ name }) => name === "scaling")?.rows ?? {});
  const panel = (title: string, of: (rows: number, columns: number) => boolean): Panel => ({
    title,
    x: axis("numbers in all", 10, 1_000_000, [10, 100, 1000, 10_000, 100_000, 1_000_000]),
    y: axis("nanoseconds per number", 0.5, 30, [0.5, 1, 2, 5, 10, 20]),
    points: (["relaxed", "simd", "js", "naive"] as const).map((candidate) =>
      rows.flatMap(([label, timings]: [string, Timings]): Point[] => {
        const [count, columns] = label.split(" × ").map((size) => Number(size.replaceAll(",", "")));
        return of(count, columns) ? [[count * columns, timings[candidate]]] : [];
      }),
    ),
  });
  const { bars } = colours;
  return lineChart(
    {
      title: "softmax of a Float32Array: nanoseconds per number, lower is better",
      footer: `${processor}, one thread, Node ${newest.node}`,
      lines: ["softmax-wasm relaxed", "softmax-wasm simd", "softmax-wasm js", "loop with Math.exp"],
      panels: [
        panel("one vector", (count) => count === 1),
        panel("rows of 10", (_, columns) => columns === 10),
      ],
    },
    { ...colours, bars: [bars[0], bars[3], bars[1], bars[2]] },
  );
}

function axis(name: string, from: number, to: number, ticks: readonly number[]): Axis {
  return { name, from, to, ticks };
}
