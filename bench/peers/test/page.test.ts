import { expect, test } from "vitest";
import { chart, light } from "../chart.js";
import { page } from "../page.js";
import type { Entry, Report } from "../report.js";

const entry = (times: Record<string, number | string>, rest: Partial<Entry> = {}): Entry => ({
  includes: "arrays",
  times,
  ulp: 1,
  wide: 8.4e6,
  edges: {},
  ...rest,
});

const report: Report = {
  processor: "a processor",
  cores: 2,
  date: "2026-01-01",
  notes: [],
  versions: { ours: "1.2.3" },
  sampling: [
    {
      node: "26.0.0",
      date: "2026-01-01",
      load: 1,
      candidates: {
        ours: {
          includes: "an array",
          times: { "first 50": 50_000, "draw: 50": 60_000, "draw: all": 300_000 },
          edges: { "all −∞": "−1" },
        },
        other: {
          includes: "a tensor",
          times: {
            "first 50": 51_000,
            "draw: 50": "draws token 51, which the filters leave out",
            "draw: all": 9e6,
          },
          edges: { "all −∞": "49" },
        },
        "C, llama.cpp": {
          includes: "a process",
          times: { "first 50": "no list", "draw: 50": 9000 },
          edges: {},
        },
      },
    },
  ],
  native: { found: ["libmvec"], missing: ["SLEEF (apt-get install libsleef-dev)"] },
  runs: [
    {
      node: "26.0.0",
      tables: [
        {
          operation: "crossEntropy",
          type: "f64",
          candidates: {
            ours: entry({ "1,000 × 10": 2, "4,096 × 1,000": 10, "1,024 × 32,000": 5 }),
            close: entry({ "1,000 × 10": 2.05, "4,096 × 1,000": "no memory", "1,024 × 32,000": 9 }),
            none: entry({ "1,000 × 10": "no f64", "4,096 × 1,000": "no f64", "1,024 × 32,000": "no f64" }),
            "C, libmvec": entry(
              { "1,000 × 10": 1, "4,096 × 1,000": 1, "1,024 × 32,000": 1 },
              { edges: { "one NaN": "0, 7" } },
            ),
            copy: entry({ "1,000 × 10": 0.1, "4,096 × 1,000": 0.1, "1,024 × 32,000": 0.1 }),
          },
        },
      ],
    },
  ],
};

const rows = page(report)
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => cells.length === 9);

function row(name: string) {
  return rows.find((cells) => cells[1] === name)?.slice(2, -1);
}

test("the fastest of JavaScript is in bold, ties included", () => {
  expect(row("ours")).toEqual(["**2.00**", "**10.0**", "**5.00**", "1.00", "8e+6", "✓"]);
  expect(row("close")).toEqual(["**2.05**", "–", "9.00", "1.00", "8e+6", "✓"]);
  expect(row("C, libmvec")).toEqual(["1.00", "1.00", "1.00", "1.00", "8e+6", "one NaN: 0, 7"]);
  expect(row("copy")).toEqual(["0.10", "0.10", "0.10", "", "", ""]);
});

test("what failed is named, with its reason", () => {
  expect(row("none")).toBeUndefined();
  expect(page(report)).toContain("Not measured: close at 4,096 × 1,000 (no memory); none (no f64).");
  expect(page(report)).toContain("Missing here: SLEEF (apt-get install libsleef-dev).");
});

test("the choice of a token: microseconds, what is drawn where there is nothing to draw, and what failed", () => {
  const cellsOf = (name: string) =>
    page({ ...report, runs: [] })
      .split("\n")
      .find((line) => line.startsWith(`| ${name} `))
      ?.split("|")
      .map((cell) => cell.trim())
      .slice(2, -1);
  expect(cellsOf("ours")).toEqual(["**50.0**", "**60.0**", "–", "–", "–", "**300**", "−1"]);
  expect(cellsOf("other")).toEqual(["**51.0**", "–", "–", "–", "–", "9000", "49"]);
  expect(cellsOf("C, llama.cpp")).toEqual(["–", "9.00", "–", "–", "–", "–", ""]);
  expect(page(report)).toContain("other at draw: 50 (draws token 51, which the filters leave out)");
  expect(page({ ...report, sampling: [] })).not.toContain("A token from");
});

test("a chart leaves out what was not measured", () => {
  expect(chart(report, light)).not.toContain("NaN");
});
