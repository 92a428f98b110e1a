import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { page } from "../../bench/docs/page.js";
import { type Report, rowOf } from "../../bench/docs/report.js";
import * as peersChart from "../../bench/peers/chart.js";
import * as peersPage from "../../bench/peers/page.js";
import type { BackendName } from "../../src/index.js";
import type { CoreOperation } from "../support/backends.js";
import { bound } from "../support/bounds.js";
import { documents } from "./blocks.js";

const pages = documents();
const readme = pages.get("README.md") ?? "";
const report: Report = JSON.parse(readFileSync("docs/speed.json", "utf8"));

test("the README is short", () => {
  expect(readme.trimEnd().split("\n").length).toBeLessThanOrEqual(220);
});

/** The anchors of a page, as GitHub and npm make them of its headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test.each([...pages.keys(), "CHANGELOG.md", "CONTRIBUTING.md"])("the links of %s lead somewhere", (path) => {
  const text = readFileSync(path, "utf8").replaceAll(/^```.*?^```$/gms, "");
  const links = text.matchAll(/\]\(([^)]+)\)|(?:src|srcset)="([^"]+)"/g);
  const relative = [...links]
    .map(([, link, source]) => link ?? source)
    .filter((link) => !/^https?:/.test(link));
  for (const link of relative) {
    const [file, anchor] = link.split("#");
    const target = file === "" ? path : join(dirname(path), file);
    expect(existsSync(target), `${path}: ${link}`).toBe(true);
    if (anchor) expect(anchorsOf(readFileSync(target, "utf8")), `${path}: ${link}`).toContain(anchor);
  }
});

test("every page of docs/ is linked from the README", () => {
  for (const path of pages.keys()) if (path !== "README.md") expect(readme).toContain(`](${path}`);
});

describe("speed", () => {
  test("the page is that of docs/speed.json", () => {
    expect(readFileSync("docs/speed.md", "utf8")).toBe(page(report));
  });

  test("the page and the charts beside other packages are those of docs/peers.json", () => {
    const peers = JSON.parse(readFileSync("docs/peers.json", "utf8"));
    expect(readFileSync("docs/peers.md", "utf8")).toBe(peersPage.page(peers));
    expect(readFileSync("docs/peers.svg", "utf8")).toBe(peersChart.chart(peers, peersChart.light));
    expect(readFileSync("docs/peers-dark.svg", "utf8")).toBe(peersChart.chart(peers, peersChart.dark));
  });

  test("the README's first number", () => {
    const shapes = [
      "1 × 1,000",
      "1 × 151,936",
      "1,000 × 10",
      "100,000 × 10",
      "4,096 × 1,000",
      "1,024 × 32,000",
    ];
    const ratios = shapes.map((shape) => {
      const { naive, relaxed } = rowOf(report.newest, "softmax f32", shape) ?? {};
      return naive / relaxed;
    });
    const [, from, to] = /\*\*(\d+) to (\d+) times as fast\*\*/.exec(readme) ?? [];
    expect([from, to].map(Number)).toEqual([Math.min(...ratios), Math.max(...ratios)].map(Math.round));
  });
});

test.each(["README.md", "docs/accuracy.md"])("the bounds of %s are those of the sources", (path) => {
  const rows = [
    ...(pages.get(path) ?? "").matchAll(
      /^\| `Float(\d+)Array`: (.+?) +\| ([\d.]+) +\| ([\d.]+) +\| ([\d.]+)/gm,
    ),
  ];
  expect(rows.length).toBe(3);
  for (const [, bits, functions, ...ulps] of rows) {
    const operations =
      functions === "all three" ? ["softmax", "logSoftmax", "logSumExp"] : functions.split(", ");
    for (const [k, backend] of (["relaxed", "simd", "js"] as const satisfies BackendName[]).entries()) {
      const largest = operations.map((operation) =>
        bound(operation as CoreOperation, bits === "32" ? "f32" : "f64", backend),
      );
      expect(Number(ulps[k])).toBe(Math.max(...largest));
    }
  }
});
