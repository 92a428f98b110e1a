import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { npyFrom, npyOf } from "../support/npy.js";
import { uniform } from "../support/random.js";
import { folder, run } from "./run.js";

const files = folder();
/** A row of more than 32 MiB: it is read in five chunks. */
const LENGTH = 8_900_000;
const N = 3;
const row = uniform("f32", LENGTH, -9, 9, 3) as Float32Array;

describe("a long row over several parts", () => {
  it.each([
    ["row.npy", "softmax"],
    ["rows.bin", "log-sum-exp"],
  ])(
    "%s, %s",
    async (name, op) => {
      const input = files.path(name);
      const rows = name === "rows.bin" ? 2 : 1;
      const bytes = new Uint8Array(row.buffer);
      writeFileSync(input, rows === 1 ? npyOf(row, [1, LENGTH]) : Buffer.concat([bytes, bytes]));
      const reading = rows === 1 ? ["-t", "0.7"] : ["--dtype", "f32", "--length", `${LENGTH}`];
      const score = ["score", input, "--op", op, ...reading, "--backend", "simd", "--threads", "1"];
      const target = files.path(`${op}-${name}`);
      const whole = files.path(`whole-${op}-${name}`);
      await run([...score, "-o", whole]);

      const part = (k: number) => run([...score, "-o", target, "--shard", `${k}/${N}`]);
      for (let k = 1; k < N; k++) {
        const { status, stderr } = await part(k);
        expect([status, stderr]).toEqual([
          75,
          expect.stringContaining(
            `${k} of ${N} parts have summed their chunks of the long rows: start this part again`,
          ),
        ]);
      }
      expect((await part(N)).status).toBe(0);
      for (let k = 1; k < N; k++) expect((await part(k)).status).toBe(0);
      const merged = await run(["merge", target]);
      expect([merged.status, merged.stderr]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^3 parts, ${rows} rows`)),
      ]);
      expect(readFileSync(target).equals(readFileSync(whole))).toBe(true);
      expect(files.names().filter((file) => /part-|\.tmp$/.test(file))).toEqual([]);
      if (op === "softmax") {
        const { values, shape } = npyFrom(readFileSync(target));
        expect(shape).toEqual([1, LENGTH]);
        expect((values as Float32Array).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
      }
    },
    180_000,
  );

  it("whole rows are parts of their own where there are enough", async () => {
    const input = files.path("two.bin");
    const bytes = new Uint8Array(row.buffer);
    writeFileSync(input, Buffer.concat([bytes, bytes]));
    const score = [
      "score",
      input,
      "--dtype",
      "f32",
      "--length",
      `${LENGTH}`,
      "--op",
      "log-sum-exp",
      "--backend",
      "simd",
    ];
    const target = files.path("two-p.bin");
    for (const k of [1, 2]) {
      expect((await run([...score, "-o", target, "--shard", `${k}/2`])).stderr).toMatch(/^1 rows/);
    }
    expect((await run(["merge", target])).status).toBe(0);
    const [first, second] = new Float32Array(new Uint8Array(readFileSync(target)).buffer);
    expect(first).toBe(second);
  });
});
