import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readShard } from "../../src/cli/shardArgument.js";
import { npyOf } from "../support/npy.js";
import { uniform } from "../support/random.js";
import { folder, run } from "./run.js";

const files = folder();
const SIMD = ["--backend", "simd"];
const N = 3;

describe("the part of a job", () => {
  it.each([
    ["1/1", {}, { k: 1, n: 1 }],
    ["3/10", {}, { k: 3, n: 10 }],
    ["auto/10", { SLURM_ARRAY_TASK_ID: "10", SLURM_ARRAY_TASK_COUNT: "1" }, { k: 10, n: 10 }],
    ["auto/10", { JOB_COMPLETION_INDEX: "0" }, { k: 1, n: 10 }],
    ["auto/10", { AWS_BATCH_JOB_ARRAY_INDEX: "9" }, { k: 10, n: 10 }],
    ["auto/10", { PARALLEL_SEQ: "10" }, { k: 10, n: 10 }],
  ])("%s in %j", (text, environment, shard) => {
    expect(readShard(text, environment)).toEqual(shard);
  });

  it.each([
    ["0/3", {}, "must name a part from 1 to 3, got 0/3"],
    ["4/3", {}, "must name a part from 1 to 3, got 4/3"],
    ["1", {}, "must be K/N"],
    ["1/0", {}, "must be K/N"],
    ["-1/3", {}, "must be K/N"],
    ["auto/3", {}, "needs one of SLURM_ARRAY_TASK_ID"],
    ["auto/3", { SLURM_ARRAY_TASK_ID: "0" }, "submit with --array=1-N"],
    ["auto/3", { JOB_COMPLETION_INDEX: "3" }, "must name a part from 1 to 3"],
  ])("%s in %j is an error", (text, environment, message) => {
    expect(() => readShard(text, environment)).toThrow(message);
  });
});

const x = uniform("f32", 20 * 5, -6, 6, 1) as Float32Array;
const rows = Array.from({ length: 20 }, (_, row) => [...x.subarray(5 * row, 5 * row + 5)]);
const INPUTS: readonly [name: string, content: string | Uint8Array, args: readonly string[]][] = [
  ["matrix.npy", npyOf(x, [20, 5]), []],
  ["cube.npy", npyOf(x, [4, 5, 5]), ["--axis", "1"]],
  ["raw.bin", new Uint8Array(x.buffer), ["--dtype", "f32", "--length", "5"]],
  [
    "rows.csv",
    `id,"a\nb",b,c,d,e\n${rows.map((row, k) => `"r\n${k}",${row}`).join("\n")}\n`,
    ["--keep", "id"],
  ],
  ["rows.jsonl", `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`, []],
];

describe("parts, joined, are the whole", () => {
  for (const [name, content, args] of INPUTS) {
    // A value per lane changes the shape of an array, and the columns of a table.
    const ops = name === "cube.npy" || name === "rows.csv" ? ["softmax", "log-sum-exp"] : ["softmax"];
    for (const op of ops) {
      it(`${name}, ${op}`, async () => {
        const input = files.path(name);
        writeFileSync(input, content);
        const whole = files.path(`whole-${op}-${name}`);
        const target = files.path(`${op}-${name}`);
        const all = ["score", input, "--op", op, ...args, ...SIMD];
        expect((await run([...all, "-o", whole])).stderr).toMatch(/^20 rows/);
        for (let k = N; k >= 1; k--) {
          if (k === 1) expect((await run(["merge", target])).status).toBe(1);
          const { status, stderr } = await run([...all, "-o", target, "--shard", `${k}/${N}`]);
          expect([status, stderr]).toEqual([0, expect.stringMatching(/^[67] rows|^5 rows|^10 rows/)]);
        }
        const { status, stderr } = await run(["merge", target]);
        expect([status, stderr]).toEqual([0, expect.stringMatching(/^3 parts, 20 rows/)]);
        expect(readFileSync(target)).toEqual(readFileSync(whole));
        expect(files.names().filter((each) => each.includes("part-") || each.endsWith(".tmp"))).toEqual([]);
      });
    }
  }
});

describe("a part", () => {
  const input = files.path("again.npy");
  const target = files.path("again-p.npy");
  const part = (k: number) => files.path(`again-p.part-${k}-of-2.npy`);
  const score = (k: number, ...args: string[]) =>
    run(["score", input, "-o", target, "--shard", `${k}/2`, ...args]);

  it("that is done is left as it is, and computed again for another input or option", async () => {
    writeFileSync(input, npyOf(x, [20, 5]));
    await score(1);
    await score(2);
    const first = readFileSync(part(1));
    expect((await score(1)).stderr).toMatch(/^1 part was done already\n0 rows/);
    expect((await score(1, "-t", "2")).stderr).toMatch(/^10 rows/);
    expect(readFileSync(part(1))).not.toEqual(first);
    const mixed = await run(["merge", target]);
    expect([mixed.status, mixed.stderr]).toEqual([1, expect.stringContaining("by other options")]);
    expect((await score(1)).stderr).toMatch(/^10 rows/);
    expect(readFileSync(part(1))).toEqual(first);
  });

  it("that was damaged after it was done is found by merge", async () => {
    const damaged = readFileSync(part(2));
    damaged[damaged.length - 1] ^= 1;
    writeFileSync(part(2), damaged);
    const { status, stderr } = await run(["merge", target]);
    expect([status, stderr]).toEqual([1, expect.stringContaining("it is not what its record says")]);
    expect(existsSync(target)).toBe(false);
  });

  it("without a record is not done", async () => {
    rmSync(`${part(2)}.json`);
    const { status, stderr } = await run(["merge", target]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("1 of 2 parts are not done: again-p.part-2-of-2.npy"),
    ]);
    expect((await score(2)).stderr).toMatch(/^10 rows/);
    expect((await run(["merge", target])).status).toBe(0);
  });

  it("of standard input or without a file for it is refused", async () => {
    expect((await run(["score", input, "--shard", "1/2"])).stderr).toContain(
      "--shard needs a file and -o OUTPUT",
    );
    expect((await run(["merge", files.path("none.npy")])).stderr).toContain("there are no parts of it");
  });
});
