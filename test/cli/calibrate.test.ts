import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { createSoftmax } from "../../src/index.js";
import { npyFrom, npyOf } from "../support/npy.js";
import { normal, random } from "../support/random.js";
import { folder, run } from "./run.js";

const { calibration, fitTemperature, softmax } = createSoftmax({ backend: "simd" });
const files = folder();
const ROWS = 2000;
const CLASSES = 5;
const shape = [ROWS, CLASSES];
/** Twice what the labels are drawn from. */
const logits = normal("f32", ROWS * CLASSES, 4, 1) as Float32Array;
const labels = new Int32Array(ROWS);

beforeAll(() => {
  const next = random(2);
  const p = softmax(logits, { shape, temperature: 2 });
  for (let row = 0; row < ROWS; row++) {
    let left = next();
    let label = 0;
    while (label < CLASSES - 1 && left >= p[row * CLASSES + label]) left -= p[row * CLASSES + label++];
    labels[row] = label;
  }
  writeFileSync(files.path("logits.npy"), npyOf(logits, shape));
  writeFileSync(files.path("labels.txt"), `label\n${labels.join("\n")}\n`);
  const lines = Array.from(
    { length: ROWS },
    (_, row) => `${logits.subarray(row * CLASSES, (row + 1) * CLASSES).join(",")},${labels[row]}`,
  );
  writeFileSync(files.path("all.csv"), `a,b,c,d,e,truth\n${lines.join("\n")}\n`);
});

describe("calibrate", () => {
  it("finds the temperature of the library, and score takes it", async () => {
    const saved = files.path("calibration.json");
    const args = [files.path("logits.npy"), "--labels", files.path("labels.txt"), "-o", saved];
    const { status, stdout, stderr } = await run(["calibrate", ...args, "--plot", files.path("plot.svg")]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout.toString()).toMatch(/^2,000 rows of 5 classes\ntemperature (1\.9|2)/);
    const { temperature } = fitTemperature(logits, labels, { shape });
    const report = JSON.parse(readFileSync(saved, "utf8"));
    expect(report.temperature).toBeCloseTo(temperature, 5);
    expect(report.after.logLoss).toBeLessThan(report.before.logLoss);
    expect(report.after.calibrationError).toBeCloseTo(
      calibration(logits, labels, { shape, temperature }).calibrationError,
      4,
    );
    expect(readFileSync(files.path("plot.svg"), "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
    const target = files.path("p.npy");
    await run(["score", files.path("logits.npy"), "-t", `@${saved}`, "-o", target, "--backend", "simd"]);
    expect(npyFrom(readFileSync(target)).values).toEqual(
      softmax(logits, { shape, temperature: report.temperature }),
    );
  });

  it("takes labels from a column", async () => {
    const args = [files.path("all.csv"), "--columns", "a..e", "--labels", "truth", "--json"];
    const { stdout } = await run(["calibrate", ...args]);
    const report = JSON.parse(stdout.toString());
    expect(report).toMatchObject({ command: "calibrate", rows: ROWS, classes: CLASSES, bins: 15 });
    expect(report.temperature).toBeCloseTo(fitTemperature(logits, labels, { shape }).temperature, 5);
  });

  it.each([
    [[], 2, "calibrate needs one file of logits"],
    [["logits.npy"], 2, "calibrate needs --labels"],
    [["logits.npy", "--labels", "none"], 2, "--labels none: there is no such file, and npy has no columns"],
    [["logits.npy", "--labels", "none.npy"], 1, "none.npy: there is no such file"],
    [["all.csv", "--labels", "none"], 2, 'there is no column "none": columns are a, b'],
    [["all.csv", "--labels", "a", "--columns", "b..e"], 1, "a label must be an integer, got"],
    [["logits.npy", "--labels", "short.txt"], 1, "3 labels for 2000 rows"],
    [
      ["logits.npy", "--labels", "labels.txt", "--bins", "0"],
      2,
      "--bins must be an integer from 1 to 1000, got 0",
    ],
    [["logits.npy", "--labels", "labels.txt", "--plot", "logits.npy"], 2, "it exists already"],
  ])("%j is an error", async (args, status, message) => {
    writeFileSync(files.path("short.txt"), "1\n2\n0\n");
    const paths = args.map((arg) => (/\.(npy|csv|txt)$/.test(arg) ? files.path(arg) : arg));
    const ran = await run(["calibrate", ...paths]);
    expect(ran.stderr).toContain(message);
    expect(ran.status).toBe(status);
  });
});
