import { parseFloat16 } from "hyparquet/src/convert.js";
import { describe, expect, it } from "vitest";
import { DataError, UsageError } from "../../src/formats/errors.js";
import { openParquet } from "../../src/formats/parquet.js";
import { peer } from "../../src/formats/peer.js";
import { widenHalf } from "../../src/math/halfFloats.js";
import { fileOf, plainBuffers, streamOf } from "../support/files.js";
import { byDuck } from "./duck.js";
import { fixture } from "./parquetFixtures.js";
import { COLS, DEFAULTS, KEPT, LISTS, parquetOf, rowsOf, valuesOf } from "./tableSupport.js";

describe("Parquet, columns", () => {
  it.each([
    "cols.snappy.parquet",
    "cols.gzip.parquet",
    "cols.brotli.parquet",
    "cols.zstd.parquet",
    "cols.lz4.parquet",
    "cols.none.parquet",
    "colsv2.parquet",
    "colsnodict.parquet",
  ])("of %s, and what is kept", async (name) => {
    const reader = await parquetOf(fixture(name), { keep: KEPT });
    expect(reader.columns).toEqual(["a", "b"]);
    expect(reader.type).toBe("float64");
    expect(await rowsOf(reader)).toEqual(COLS);
  });

  it("by streams of bytes", async () => {
    expect(await valuesOf(await parquetOf(fixture("bss.parquet")))).toEqual(COLS.map(({ values }) => values));
  });

  it("that are required, and those of Polars", async () => {
    expect(await valuesOf(await parquetOf(fixture("req.parquet")))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(await valuesOf(await parquetOf(fixture("polars.parquet")))).toEqual([
      [1.5, 3.5],
      [2.5, 4.5],
    ]);
  });

  it("of half floats are float32", async () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, k) => k);
    const wide = new Float32Array(65536);
    widenHalf("f16", bits, wide);
    const own = bits.map((_, k) => k);
    const theirs = Float32Array.from(own, (k) => parseFloat16(Uint8Array.of(k & 255, k >> 8)) as number);
    expect(theirs).toEqual(wide);
    const reader = await parquetOf(fixture("half.parquet"));
    expect(reader.type).toBe("float32");
    expect(await valuesOf(reader)).toEqual([1, 65504, 2 ** -24, -2].map((value) => [value, value]));
  });

  it("of DuckDB, over pages and row groups, plain and by dictionary", async () => {
    const rows = 130_000;
    const query = `SELECT (i * 0.25)::FLOAT AS a, (i % 7)::FLOAT AS b, 'row ' || (i % 1000) AS s FROM range(${rows}) t(i)`;
    for (const options of ["", ", ROW_GROUP_SIZE 50000", ", PARQUET_VERSION v2, COMPRESSION zstd"]) {
      const buffers = plainBuffers();
      const reader = await openParquet(
        fileOf(await byDuck(query, options)),
        { ...DEFAULTS, keep: ["s"] },
        buffers,
      );
      let row = 0;
      for await (const { values, outer, kept, mask, release } of reader.batches()) {
        expect(mask).toBeUndefined();
        for (let k = 0; k < outer; k += 101) {
          expect([values[2 * k], values[2 * k + 1]]).toEqual([(row + k) * 0.25, (row + k) % 7]);
          expect(kept?.get("s")?.[k]).toBe(`row ${(row + k) % 1000}`);
        }
        row += outer;
        release();
      }
      expect(row).toBe(rows);
      expect(buffers.taken).toBe(0);
    }
  });

  it("with missing values, of DuckDB", async () => {
    const query =
      "SELECT CASE WHEN i % 3 = 1 THEN NULL ELSE i END::DOUBLE AS a, 1::FLOAT AS b FROM range(5000) t(i)";
    const bytes = await byDuck(query);
    await expect(valuesOf(await parquetOf(bytes))).rejects.toThrow('row 2, column "a": the value is missing');
    const masked = await rowsOf(await parquetOf(bytes, { nulls: "mask" }));
    const infinite = await valuesOf(await parquetOf(bytes, { nulls: "-inf" }));
    for (let row = 0; row < 5000; row++) {
      const isMissing = row % 3 === 1;
      expect(masked[row]).toMatchObject({ values: [isMissing ? 0 : row, 1], mask: [isMissing ? 0 : 1, 1] });
      expect(infinite[row]).toEqual([isMissing ? -Infinity : row, 1]);
    }
  });

  it("of 300 columns", async () => {
    const names = Array.from({ length: 300 }, (_, k) => `(i + ${k})::FLOAT AS c${k}`).join(", ");
    const rows = await valuesOf(await parquetOf(await byDuck(`SELECT ${names} FROM range(500) t(i)`)));
    expect(rows.every((row, i) => row.length === 300 && row.every((value, k) => value === i + k))).toBe(true);
  });

  it("of no rows", async () => {
    const bytes = await byDuck("SELECT 1::FLOAT AS a WHERE false");
    for (const empty of [bytes, fixture("empty.parquet")]) {
      expect(await valuesOf(await parquetOf(empty))).toEqual([]);
    }
  });
});

describe("Parquet, lists", () => {
  it.each(["list.parquet", "listv2.parquet"])("of %s, of different lengths", async (name) => {
    const rows = await rowsOf(await parquetOf(fixture(name), { nulls: "mask", keep: ["n"] }));
    expect(rows.map(({ values }) => values)).toEqual([...LISTS, [0, 6, 7]]);
    expect(rows[5].mask).toEqual([0, 1, 1]);
    expect(rows.map(({ kept }) => kept.n)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    const infinite = await valuesOf(await parquetOf(fixture(name), { nulls: "-inf" }));
    expect(infinite).toEqual([...LISTS, [-Infinity, 6, 7]]);
    await expect(valuesOf(await parquetOf(fixture(name)))).rejects.toThrow('row 4, field "logits"');
  });

  it.each(["pageslist.parquet", "pageslistv2.parquet"])("of %s, over many pages", async (name) => {
    const expected = Array.from({ length: 3000 }, (_, row) => Array.from({ length: row % 7 }, (_, k) => k));
    expect(await valuesOf(await parquetOf(fixture(name)))).toEqual(expected);
  });

  it("of DuckDB and Polars", async () => {
    const bytes = await byDuck("SELECT [i, i + 0.5, -i]::FLOAT[] AS l FROM range(100000) t(i)");
    const rows = await valuesOf(await parquetOf(bytes));
    expect(rows).toHaveLength(100000);
    expect(rows[77777]).toEqual([77777, 77777.5, -77777]);
    expect(await valuesOf(await parquetOf(fixture("polarslist.parquet"), { field: "l" }))).toEqual([
      [1.5, 2.5],
      [3.5],
      [],
    ]);
  });

  it("of DuckDB's arrays, but for those with a missing row, whose levels are wrong", async () => {
    const whole = await byDuck("SELECT [i, i]::FLOAT[2] AS l FROM range(3) t(i)");
    expect(await valuesOf(await parquetOf(whole))).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    const query = "FROM (VALUES ([0, 0]::FLOAT[2]), (NULL), ([2, 2]::FLOAT[2]), ([3, 3]::FLOAT[2])) t(l)";
    const broken = parquetOf(await byDuck(query), { nulls: "mask" }).then(valuesOf);
    await expect(broken).rejects.toThrow(DataError);
    await expect(broken).rejects.toThrow("cast it to FLOAT[]");
    const cast = await byDuck(`SELECT l::FLOAT[] AS l FROM (${query})`);
    expect(await valuesOf(await parquetOf(cast, { nulls: "mask" }))).toEqual([[0, 0], [], [2, 2], [3, 3]]);
  });

  it("of lists are refused", async () => {
    await expect(parquetOf(await byDuck("SELECT [[1.5]]::FLOAT[][] AS l"))).rejects.toThrow("l (groups)");
    await expect(parquetOf(await byDuck("SELECT {'a': 1::FLOAT} AS l"))).rejects.toThrow("l (groups)");
  });
});

describe("Parquet, what is refused", () => {
  it("integers and decimals, with advice", async () => {
    await expect(parquetOf(fixture("int.parquet"))).rejects.toThrow("a (int64): cast integers to floats");
    await expect(parquetOf(fixture("int.parquet"), { columns: ["a"] })).rejects.toThrow(
      'column "a" has int64, and logits are floats: cast it, as in SELECT "a"::FLOAT',
    );
    await expect(parquetOf(fixture("dec.parquet"))).rejects.toThrow("a (decimals)");
  });

  it("a package that is not installed, by its name and what to do", async () => {
    const name = "no-such-package";
    const missing = peer(name, () => import(/* @vite-ignore */ name), "Reading Parquet", ", or else");
    await expect(missing).rejects.toThrow(UsageError);
    await expect(missing).rejects.toThrow(
      "Reading Parquet needs the package no-such-package: npm install no-such-package, or else",
    );
    const other = peer(name, () => Promise.reject(new Error("broken")), "Reading Parquet");
    await expect(other).rejects.toThrow("broken");
  });

  it("pipes, other files and nothing", async () => {
    const pipe = openParquet(streamOf(fixture("req.parquet"), 7, "-"), DEFAULTS, plainBuffers());
    await expect(pipe).rejects.toThrow(UsageError);
    await expect(parquetOf(new Uint8Array(20))).rejects.toThrow("begins with PAR1");
    await expect(parquetOf(new Uint8Array(0))).rejects.toThrow("begins with PAR1");
    await expect(parquetOf(new TextEncoder().encode("PAREPARE"))).rejects.toThrow("encrypted");
  });
});
