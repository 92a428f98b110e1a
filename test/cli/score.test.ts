import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { createSoftmax } from "../../src/index.js";
import { npyFrom, npyOf } from "../support/npy.js";
import { uniform } from "../support/random.js";
import { folder, run } from "./run.js";

// The one that gives the same bits in every process.
const { argmax, entropy, logSoftmax, logSumExp, softmax, topK } = createSoftmax({ backend: "simd" });
const SIMD = ["--backend", "simd"];

const files = folder();
const ROWS = 100;
const COLUMNS = 7;
const shape = [ROWS, COLUMNS];
const logits = uniform("f32", ROWS * COLUMNS, -8, 8, 1) as Float32Array;
const input = files.path("logits.npy");

beforeAll(() => writeFileSync(input, npyOf(logits, shape)));

async function scored(args: readonly string[], name: string): Promise<ReturnType<typeof npyFrom>> {
  const { status, stderr } = await run(["score", input, "-o", files.path(name), "--force", ...SIMD, ...args]);
  expect(stderr).toMatch(/^[\d,]+ rows, none with NaN, [\d.]+ s\n$/);
  expect(status).toBe(0);
  return npyFrom(readFileSync(files.path(name)));
}

describe("score of a .npy file", () => {
  it.each(["1", "2"])("gives the bits of the library with %s threads", async (threads) => {
    const options = ["--threads", threads];
    const p = await scored(options, "p.npy");
    expect(p).toEqual({ values: softmax(logits, { shape }), shape, isFortran: false });
    const tempered = await scored([...options, "--op", "log-softmax", "-t", "0.5"], "l.npy");
    expect(tempered.values).toEqual(logSoftmax(logits, { shape, temperature: 0.5 }));
    const sums = await scored([...options, "--op", "log-sum-exp", "--axis", "0"], "s.npy");
    expect(sums).toEqual({
      values: logSumExp(logits, { shape, axis: 0 }),
      shape: [COLUMNS],
      isFortran: false,
    });
    const entropies = await scored([...options, "--op", "entropy"], "e.npy");
    expect(entropies.values).toEqual(entropy(logits, { shape }));
  });

  it("gives indices as int32", async () => {
    const { status } = await run(["score", input, "-o", files.path("a.npy"), "--op", "argmax"]);
    expect(status).toBe(0);
    const bytes = readFileSync(files.path("a.npy"));
    expect(bytes.subarray(10, 60).toString()).toContain("'<i4'");
    expect(new Int32Array(new Uint8Array(bytes.subarray(128)).buffer)).toEqual(argmax(logits, { shape }));
  });

  it("writes other formats by name or by --to", async () => {
    await run(["score", input, "-o", files.path("p.csv"), "-q", ...SIMD]);
    const lines = readFileSync(files.path("p.csv"), "utf8").trim().split("\n");
    expect(lines[0]).toBe("0,1,2,3,4,5,6");
    expect(Float32Array.from(lines.slice(1).flatMap((line) => line.split(",").map(Number)))).toEqual(
      softmax(logits, { shape }),
    );
    const top = topK(logits, 2, { shape });
    const { stdout } = await run(["score", input, "--op", "top-k", "-k", "2", "--to", "jsonl"]);
    const first = JSON.parse(stdout.toString().split("\n")[0]);
    expect(first.indices).toEqual([...top.indices.subarray(0, 2)]);
    expect(Float32Array.from(first.values)).toEqual(top.values.subarray(0, 2));
    const csv = await run(["score", input, "--op", "top-k", "-k", "2", "--to", "csv"]);
    expect(csv.stdout.toString()).toMatch(/^index_1,value_1,index_2,value_2\n\d,[\d.]+,\d,/);
  });

  it("reads standard input, and writes standard output", async () => {
    const { status, stdout } = await run(["score", "-", ...SIMD], npyOf(logits, shape));
    expect(status).toBe(0);
    expect(npyFrom(stdout).values).toEqual(softmax(logits, { shape }));
  });

  it("counts rows with NaN, and says so as JSON", async () => {
    const spoilt = logits.slice();
    spoilt[COLUMNS + 3] = Number.NaN;
    spoilt[5 * COLUMNS] = Number.POSITIVE_INFINITY;
    writeFileSync(files.path("nan.npy"), npyOf(spoilt, shape));
    const { stderr } = await run(["score", files.path("nan.npy"), "-o", files.path("nan-p.npy"), "--json"]);
    expect(JSON.parse(stderr)).toMatchObject({
      command: "score",
      inputs: 1,
      rows: ROWS,
      nanRows: 2,
      threads: 1,
    });
  });

  it("scores several files, and patterns of them, into a folder", async () => {
    for (const name of ["in-1.npy", "in-2.npy"]) writeFileSync(files.path(name), npyOf(logits, shape));
    const { status, stderr } = await run([
      "score",
      files.path("in-*.npy"),
      "-o",
      `${files.path("out")}/`,
      "--to",
      "csv",
    ]);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^200 rows/)]);
    expect(existsSync(files.path("out/in-1.csv")) && existsSync(files.path("out/in-2.csv"))).toBe(true);
  });
});

describe("score of text", () => {
  it("keeps columns, and computes in double precision", async () => {
    const csv = "id,a,b\nx,1,2\ny,-inf,0\n";
    const { status, stdout } = await run(["score", "-", "--format", "csv", "--keep", "id", ...SIMD], csv);
    const [p, q] = softmax([1, 2]);
    expect([status, stdout.toString()]).toEqual([0, `id,a,b\nx,${p},${q}\ny,0,1\n`]);
  });

  it("leaves out what is missing if it is told to", async () => {
    const { stdout } = await run(["score", "-", "--format", "csv", "--null", "mask"], "a,b,c\n1,,1\n");
    expect(stdout.toString()).toBe("a,b,c\n0.5,0,0.5\n");
    const same = await run(["score", "-", "--format", "csv", "--null", "-inf"], "a,b,c\n1,,1\n");
    expect(same.stdout.toString()).toBe("a,b,c\n0.5,0,0.5\n");
  });

  it("takes rows of any lengths from JSON Lines", async () => {
    const { stdout } = await run(["score", "-", "--format", "jsonl"], "[0,0]\n[0,0,0,0]\n[]\n[5]\n");
    expect(stdout.toString()).toBe("[0.5,0.5]\n[0.25,0.25,0.25,0.25]\n[]\n[1]\n");
  });

  it("gives the same with every backend that keeps its bits", async () => {
    const x = uniform("f64", 150, -9, 9, 2);
    const lines = Array.from({ length: 50 }, (_, row) => x.subarray(3 * row, 3 * row + 3).join(","));
    const csv = `a,b,c\n${lines.join("\n")}\n`;
    const { stdout } = await run(["score", "-", "--format", "csv", "--backend", "js", "--to", "jsonl"], csv);
    const expected = createSoftmax({ backend: "js" }).softmax(x, { shape: [50, 3] });
    expect(
      stdout
        .toString()
        .trim()
        .split("\n")
        .flatMap((line) => JSON.parse(line)),
    ).toEqual([...expected]);
  });
});

describe("wrong arguments end with 2, bad data with 1", () => {
  it.each([
    [[], 2, "score needs an INPUT"],
    [["none.npy"], 1, "none.npy: there is no such file"],
    [["."], 1, "it is a directory"],
    [[input, "--temp", "2"], 2, "Unknown option '--temp': did you mean --temperature?"],
    [[input, "--temperature", "0"], 2, "--temperature must be a number from 1e-30 to 1e30, got 0"],
    [[input, "--op", "sofmax"], 2, "--op must be softmax, log-softmax"],
    [[input, "-k", "0"], 2, "-k must be an integer of at least 1, got 0"],
    [[input, "--threads", "99"], 2, "--threads must be an integer from 1 to 64, got 99"],
    [[input, "--axis", "2"], 2, "--axis must be from -2 to 1"],
    [[input, "--columns", "a"], 2, "--columns is for a file of columns, and this is npy"],
    [[input, "--op", "top-k"], 2, "which .npy cannot hold"],
    [[input, input], 2, "several inputs need an output directory"],
    [[input, "-o", "/nowhere/p.npy"], 2, "there is no directory /nowhere"],
    [[input, "--format", "csv"], 1, "must be"],
    [["README.md"], 2, "its name does not say what format it has"],
    [["*.nothing"], 1, "no file has such a name"],
    [[input, "--backend", "gpu"], 2, "--backend must be auto, relaxed, simd or js, got gpu"],
  ])("%j", async (args, status, message) => {
    const ran = await run(["score", ...args]);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toMatch(/^softmax-wasm: /);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(ran.status).toBe(status);
    expect(ran.stdout.length).toBe(0);
  });

  it("without a command shows how it is used", async () => {
    const none = await run([]);
    expect([none.status, none.stdout.toString()]).toEqual([
      2,
      expect.stringContaining("softmax-wasm score logits.npy"),
    ]);
    expect((await run(["--help"])).status).toBe(0);
    expect((await run(["score", "--help"])).stdout.toString()).toContain("Exit codes");
    expect((await run(["scor"])).stderr).toContain("there is no command scor");
    expect((await run(["--version"])).stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
