import { describe, expect, it } from "vitest";
import { run } from "./run.js";

describe("bench", () => {
  it("measures every candidate in every row", async () => {
    const { status, stdout, stderr } = await run(["bench", "--threads", "1", "--json"]);
    expect([status, stderr]).toEqual([0, ""]);
    const { machine, rows } = JSON.parse(stdout.toString());
    expect(machine).toEqual({ processor: expect.any(String), node: process.versions.node, threads: 1 });
    expect(rows.map((row: { columns: number }) => row.columns)).toEqual([10, 1000, 151_936, 10, 1000]);
    for (const { nanoseconds } of rows) {
      const { simd, js, pool, loop } = nanoseconds;
      for (const time of [simd, js, pool, loop]) expect(time).toBeGreaterThan(0);
    }
  });

  it("refuses what it does not know", async () => {
    const { status, stderr } = await run(["bench", "--threads", "none"]);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("--threads must be an integer from 1 to 64, got none"),
    ]);
  });
});
