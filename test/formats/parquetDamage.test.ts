import { describe, expect, it } from "vitest";
import { checkRuns } from "../../src/formats/parquetPages.js";
import { readDamaged, turned } from "./damage.js";
import { fixture } from "./parquetFixtures.js";
import { KEPT, parquetOf, survives } from "./tableSupport.js";

describe("Parquet, damaged", () => {
  it("a run longer than the values", () => {
    checkRuns(Uint8Array.of(8, 3, 3, 0xff), 2, 12);
    for (const bytes of [
      Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0x0f, 3),
      Uint8Array.of(0, 1),
      Uint8Array.of(10, 3),
    ]) {
      expect(() => checkRuns(bytes, 2, 4)).toThrow(RangeError);
    }
  });

  const read = (bytes: Uint8Array, keep: readonly string[]) =>
    survives(parquetOf(bytes, { keep, nulls: "mask" }));

  const FILES: readonly [string, readonly string[]][] = [
    ["req.parquet", []],
    ["colsv2.parquet", KEPT],
    ["bss.parquet", ["id"]],
    ["list.parquet", ["n"]],
    ["listv2.parquet", ["n"]],
  ];

  it.each(FILES)("%s, cut at every byte", { timeout: 120_000 }, async (name, keep) => {
    const bytes = fixture(name);
    for (let length = 0; length < bytes.length; length++) {
      expect(await read(bytes.slice(0, length), keep)).toBe(false);
    }
  });

  it.each(FILES)("%s, bytes turned", { timeout: 120_000 }, async (name, keep) => {
    for (const bytes of turned(fixture(name))) await read(bytes, keep);
  });

  it("any four bytes anywhere", { timeout: 120_000 }, async () => {
    await readDamaged(
      FILES,
      ([name]) => fixture(name),
      (bytes, [, keep]) => read(bytes, keep),
      500,
    );
  });
});
