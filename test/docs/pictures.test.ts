import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ends } from "../../bench/docs/contours.js";
import { errors, LENGTHS, SPREADS } from "../../bench/docs/errors.js";
import { type Computed, DATA, pictures } from "../../bench/docs/pictures.js";
import { logit, softmax } from "../../src/index.js";
import { bound } from "../support/bounds.js";
import { documents } from "./blocks.js";

const [report, computed] = ["docs/speed.json", DATA].map((file) => JSON.parse(readFileSync(file, "utf8")));
const data: Computed = computed;
const files = readdirSync("docs")
  .filter((name) => name.endsWith(".svg"))
  .map((name) => join("docs", name));
const read = (file: string) => readFileSync(file, "utf8");

test("the pictures are those of the data", () => {
  for (const [file, svg] of pictures(report, data)) expect(read(file), `${file}: npm run pictures`).toBe(svg);
});

describe.each(files)("%s", (file) => {
  const svg = read(file);

  test("has a title and a background, and refers to nothing", () => {
    expect(svg).toMatch(/<title>[^<]{20,}<\/title>/);
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    expect(svg).toContain(`<rect width="${width}" height="${height}" fill="#`);
    expect(svg.replace(' xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
      /https?:|href|url\(|@import|<script|<image/,
    );
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("is one of a pair that differs in colours only", () => {
    const other = file.includes("-dark") ? file.replace("-dark", "") : file.replace(".svg", "-dark.svg");
    const drawn = (text: string) => text.replaceAll(/#[\da-f]{6}/g, "");
    expect(drawn(read(other))).toBe(drawn(svg));
    expect(read(other)).not.toBe(svg);
  });

  test("is shown, in the theme that it is for", () => {
    const shown = [...documents().values()].join("\n");
    const name = file.replace("docs/", "").replace("-dark", "");
    const pair = new RegExp(
      `prefers-color-scheme: dark\\)" srcset="(docs/)?${name.replace(".svg", "-dark.svg")}">\n  <img alt="[^"]{30,}" src="(docs/)?${name}">`,
    );
    expect(pair.test(shown), file).toBe(true);
  });
});

test("softmax is the level all along a contour", () => {
  for (const level of [0.01, 0.25, 0.5, 0.95]) {
    for (const logits of ends(logit(level))) expect(softmax([...logits])[0]).toBeCloseTo(level, 14);
  }
});

describe.each(data.errors)("the errors of $type by $by", ({ type, by, rows }) => {
  test("are there for every place", () => {
    expect(rows.map(({ at }) => at)).toEqual(by === "length" ? LENGTHS : SPREADS);
  });

  test("keep the bounds, and the loop that rounds each step does not", () => {
    for (const { at, ulp } of rows) {
      for (const backend of ["simd", "js"] as const) {
        expect(ulp[backend], `${backend} at ${at}`).toBeLessThanOrEqual(bound("softmax", type, backend));
      }
      const usual = type === "f32" ? ulp.single : ulp.loop;
      expect(usual, `at ${at}`).toBeGreaterThan(bound("softmax", type, "simd"));
    }
  });

  test("come out again", () => {
    const at = by === "length" ? 100 : 10;
    expect(errors(type, by, [at]).rows).toEqual(rows.filter((row) => row.at === at));
  });
});

test("temperature scaling makes the classifier of the diagram fit", () => {
  const { before, after, temperature } = data.reliability;
  expect(temperature).toBeGreaterThan(1);
  expect(after.accuracy).toBe(before.accuracy);
  expect(after.logLoss).toBeLessThan(before.logLoss);
  expect(after.calibrationError).toBeLessThan(before.calibrationError / 5);
  for (const { bins } of [before, after]) expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(4000);
});
