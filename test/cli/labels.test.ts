import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { createSoftmax } from "../../src/index.js";
import { npyFrom, npyOf } from "../support/npy.js";
import { normal, random } from "../support/random.js";
import { folder, run } from "./run.js";

const { calibration, softmax } = createSoftmax({ backend: "simd" });
const files = folder();
// More than a batch of 4 MiB.
const ROWS = 300_000;
const CLASSES = 5;
const shape = [ROWS, CLASSES];
const logits = normal("f32", ROWS * CLASSES, 4, 1) as Float32Array;
const next = random(3);
const labels = Int32Array.from({ length: ROWS }, (_, row) =>
  row % 1000 === 7 ? -100 : Math.floor(next() * CLASSES),
);
const SMALL = 40;

/** What the summary says, as JSON. */
async function summary(args: readonly string[]): Promise<{ readonly [name: string]: unknown }> {
  const { status, stderr } = await run(["score", ...args, "--json", "--force", "--backend", "simd"]);
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^\{.*\}\n$/)]);
  return JSON.parse(stderr);
}

function expected(count: number, options: object = {}): object {
  const lanes = { shape: [count, CLASSES], ...options };
  const all = calibration(logits.subarray(0, count * CLASSES), labels.subarray(0, count), lanes);
  const { accuracy, logLoss, calibrationError } = all;
  return {
    accuracy: expect.closeTo(accuracy, 12),
    logLoss: expect.closeTo(logLoss, 7),
    calibrationError: expect.closeTo(calibrationError, 7),
  };
}

beforeAll(() => {
  writeFileSync(files.path("logits.npy"), npyOf(logits, shape));
  writeFileSync(files.path("labels.txt"), `${labels.join("\n")}\n`);
  writeFileSync(files.path("short.txt"), `${labels.subarray(1).join("\n")}\n`);
  writeFileSync(files.path("long.txt"), `${labels.join("\n")}\n0\n`);
  const rows = Array.from({ length: SMALL }, (_, row) => [
    ...logits.subarray(row * CLASSES, (row + 1) * CLASSES),
    labels[row],
  ]);
  writeFileSync(files.path("all.csv"), `a,b,c,d,e,truth\n${rows.map((row) => row.join(",")).join("\n")}\n`);
  const lines = rows.map((row) => JSON.stringify({ z: row.slice(0, CLASSES), truth: row[CLASSES] }));
  writeFileSync(files.path("all.jsonl"), `${lines.join("\n")}\n`);
});

describe("score --labels", () => {
  it("measures the logits of a file against another, over batches, and changes no result", async () => {
    const target = files.path("p.npy");
    const args = [files.path("logits.npy"), "--labels", files.path("labels.txt"), "-t", "2", "-o", target];
    expect(await summary(args)).toMatchObject({ rows: ROWS, ...expected(ROWS, { temperature: 2 }) });
    expect(npyFrom(readFileSync(target)).values).toEqual(softmax(logits, { shape, temperature: 2 }));
  });

  it.each(["all.csv", "all.jsonl"])("takes a column of %s, which the results do not have", async (name) => {
    const target = files.path(`out-${name}`);
    const field = name.endsWith("jsonl") ? ["--field", "z", "--dtype", "float32"] : ["--dtype", "float32"];
    const args = [files.path(name), "--labels", "truth", "-o", target, ...field];
    expect(await summary(args)).toMatchObject({ rows: SMALL, ...expected(SMALL) });
    expect(readFileSync(target, "utf8")).not.toContain("truth");
    await summary([...args, "--keep", "truth", "--op", "argmax"]);
    expect(readFileSync(target, "utf8")).toContain("truth");
  });

  it("adds up several files with a column", async () => {
    const file = files.path("all.csv");
    const args = [file, file, "--labels", "truth", "-o", `${files.path("many")}/`, "--dtype", "float32"];
    expect(await summary(args)).toMatchObject({ inputs: 2, rows: 2 * SMALL, ...expected(SMALL) });
  });

  it("says it in words", async () => {
    const { stderr } = await run(["score", files.path("all.csv"), "--labels", "truth", "--op", "argmax"]);
    expect(stderr).toMatch(
      /^40 rows, .*\naccuracy 0\.\d{4}, log-loss \d+\.\d{4} nats, calibration error 0\.\d{4} in 15 bins\n$/,
    );
  });

  it("has NaN for measures where a row has NaN", async () => {
    writeFileSync(files.path("nan.csv"), "a,b,truth\n1,2,1\nnan,2,1\n");
    const { accuracy, logLoss } = await summary([
      files.path("nan.csv"),
      "--labels",
      "truth",
      "-o",
      files.path("n.csv"),
    ]);
    // JSON has no NaN.
    expect([accuracy, logLoss]).toEqual([null, null]);
  });

  it.each([
    [["logits.npy", "--labels", "short.txt"], 1, `${ROWS - 1} labels for ${ROWS} rows`],
    [["logits.npy", "--labels", "long.txt"], 1, `${ROWS + 1} labels for ${ROWS} rows`],
    [["logits.npy", "--labels", "none.txt"], 1, "none.txt: there is no such file"],
    [["logits.npy", "--labels", "truth"], 2, "--labels truth: there is no such file, and npy has no columns"],
    [["all.csv", "--labels", "other"], 2, 'there is no column "other"'],
    [["all.csv", "--labels", "a", "--columns", "b..e"], 1, "row 1, a: a label must be an integer, got"],
    [
      ["all.csv", "--labels", "truth", "--columns", "a,b"],
      1,
      "truth: label 1 must be a class from 0 to 1, got",
    ],
    [["all.csv", "all.csv", "--labels", "labels.txt"], 2, "--labels of a file does not go with 2 inputs"],
    [
      ["all.csv", "--labels", "labels.txt", "--shard", "1/2"],
      2,
      "--labels of a file does not go with --shard",
    ],
  ])("%j is an error", async (args, status, message) => {
    const paths = args.map((arg) => (/\./.test(arg) && !arg.includes("..") ? files.path(arg) : arg));
    const ran = await run(["score", ...paths, "-o", `${files.path("wrong")}/`]);
    expect(ran.stderr).toContain(message);
    expect(ran.status).toBe(status);
  });
});
