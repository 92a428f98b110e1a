import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { parquetReadObjects } from "hyparquet";
import { parseFloat16 } from "hyparquet/src/convert.js";
import { compressors } from "hyparquet-compressors";
import { afterAll, describe, expect, it } from "vitest";
import { DataError, UsageError } from "../../src/formats/errors.js";
import type { OperationName } from "../../src/formats/format.js";
import { openParquet } from "../../src/formats/parquet.js";
import { checkRuns } from "../../src/formats/parquetPages.js";
import { writeParquet } from "../../src/formats/parquetWriter.js";
import { peer } from "../../src/formats/peer.js";
import type { TableOptions } from "../../src/formats/table.js";
import { Moment } from "../../src/formats/tableKept.js";
import { widenHalf } from "../../src/math/halfFloats.js";
import { fileOf, plainBuffers, streamOf } from "../support/files.js";
import { DAMAGED, fixture, KEPT } from "./parquetFixtures.js";
import { DEFAULTS, rowsOf, survives, valuesOf, written } from "./tableSupport.js";

const open = (bytes: Uint8Array, options: Partial<TableOptions> = {}) =>
  openParquet(fileOf(bytes, "x.parquet"), { ...DEFAULTS, ...options }, plainBuffers());

const directory = mkdtempSync(join(tmpdir(), "parquet-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a statement of DuckDB, in which $FILE is the name of a file, and returns the rows and the bytes of the file. */
async function duck(statement: string, bytes?: Uint8Array): Promise<{ rows: unknown[]; bytes: Uint8Array }> {
  const path = join(directory, "x.parquet");
  if (bytes !== undefined) writeFileSync(path, bytes);
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(statement.replaceAll("$FILE", `'${path}'`));
  const rows = reader.getRowObjectsJS();
  connection.closeSync();
  instance.closeSync();
  return { rows, bytes: readFileSync(path) };
}

const byDuck = async (query: string, options = "") =>
  (await duck(`COPY (${query}) TO $FILE (FORMAT parquet${options})`)).bytes;

const moment = new Moment(1767323045678901n, "us", true);
const day = new Moment(20455n, "d");

/** Of pyarrow: a is FLOAT, b DOUBLE. */
const COLS = [
  { values: [1.5, 1], kept: { id: 1n, s: "é", t: moment, ok: true, day, dict: "x", u8: 1 } },
  { values: [-0, 2], kept: { id: 2n, s: "", t: moment, ok: false, day, dict: "y", u8: 2 } },
  { values: [NaN, 3], kept: { id: 3n, s: null, t: moment, ok: null, day, dict: "x", u8: 255 } },
  {
    values: [-Infinity, 4],
    kept: { id: 2n ** 60n, s: "a longer string than twelve", t: null, ok: true, day, dict: null, u8: null },
  },
].map((row) => ({ ...row, mask: undefined }));

const LISTS = [[1, 2], [3, 4], [], [], [5]];

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
    const reader = await open(fixture(name), { keep: KEPT });
    expect(reader.columns).toEqual(["a", "b"]);
    expect(reader.type).toBe("float64");
    expect(await rowsOf(reader)).toEqual(COLS);
  });

  it("by streams of bytes", async () => {
    expect(await valuesOf(await open(fixture("bss.parquet")))).toEqual(COLS.map(({ values }) => values));
  });

  it("that are required, and those of Polars", async () => {
    expect(await valuesOf(await open(fixture("req.parquet")))).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(await valuesOf(await open(fixture("polars.parquet")))).toEqual([
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
    const reader = await open(fixture("half.parquet"));
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
    await expect(valuesOf(await open(bytes))).rejects.toThrow('row 2, column "a": the value is missing');
    const masked = await rowsOf(await open(bytes, { nulls: "mask" }));
    const infinite = await valuesOf(await open(bytes, { nulls: "-inf" }));
    for (let row = 0; row < 5000; row++) {
      const isMissing = row % 3 === 1;
      expect(masked[row]).toMatchObject({ values: [isMissing ? 0 : row, 1], mask: [isMissing ? 0 : 1, 1] });
      expect(infinite[row]).toEqual([isMissing ? -Infinity : row, 1]);
    }
  });

  it("of 300 columns", async () => {
    const names = Array.from({ length: 300 }, (_, k) => `(i + ${k})::FLOAT AS c${k}`).join(", ");
    const rows = await valuesOf(await open(await byDuck(`SELECT ${names} FROM range(500) t(i)`)));
    expect(rows.every((row, i) => row.length === 300 && row.every((value, k) => value === i + k))).toBe(true);
  });

  it("of no rows", async () => {
    const bytes = await byDuck("SELECT 1::FLOAT AS a WHERE false");
    for (const empty of [bytes, fixture("empty.parquet")]) {
      expect(await valuesOf(await open(empty))).toEqual([]);
    }
  });
});

describe("Parquet, lists", () => {
  it.each(["list.parquet", "listv2.parquet"])("of %s, of different lengths", async (name) => {
    const rows = await rowsOf(await open(fixture(name), { nulls: "mask", keep: ["n"] }));
    expect(rows.map(({ values }) => values)).toEqual([...LISTS, [0, 6, 7]]);
    expect(rows[5].mask).toEqual([0, 1, 1]);
    expect(rows.map(({ kept }) => kept.n)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
    const infinite = await valuesOf(await open(fixture(name), { nulls: "-inf" }));
    expect(infinite).toEqual([...LISTS, [-Infinity, 6, 7]]);
    await expect(valuesOf(await open(fixture(name)))).rejects.toThrow('row 4, field "logits"');
  });

  it.each(["pageslist.parquet", "pageslistv2.parquet"])("of %s, over many pages", async (name) => {
    const expected = Array.from({ length: 3000 }, (_, row) => Array.from({ length: row % 7 }, (_, k) => k));
    expect(await valuesOf(await open(fixture(name)))).toEqual(expected);
  });

  it("of DuckDB and Polars", async () => {
    const bytes = await byDuck("SELECT [i, i + 0.5, -i]::FLOAT[] AS l FROM range(100000) t(i)");
    const rows = await valuesOf(await open(bytes));
    expect(rows).toHaveLength(100000);
    expect(rows[77777]).toEqual([77777, 77777.5, -77777]);
    expect(await valuesOf(await open(fixture("polarslist.parquet"), { field: "l" }))).toEqual([
      [1.5, 2.5],
      [3.5],
      [],
    ]);
  });

  it("of DuckDB's arrays, but for those with a missing row, whose levels are wrong", async () => {
    const whole = await byDuck("SELECT [i, i]::FLOAT[2] AS l FROM range(3) t(i)");
    expect(await valuesOf(await open(whole))).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    const query = "FROM (VALUES ([0, 0]::FLOAT[2]), (NULL), ([2, 2]::FLOAT[2]), ([3, 3]::FLOAT[2])) t(l)";
    const broken = open(await byDuck(query), { nulls: "mask" }).then(valuesOf);
    await expect(broken).rejects.toThrow(DataError);
    await expect(broken).rejects.toThrow("cast it to FLOAT[]");
    const cast = await byDuck(`SELECT l::FLOAT[] AS l FROM (${query})`);
    expect(await valuesOf(await open(cast, { nulls: "mask" }))).toEqual([[0, 0], [], [2, 2], [3, 3]]);
  });

  it("of lists are refused", async () => {
    await expect(open(await byDuck("SELECT [[1.5]]::FLOAT[][] AS l"))).rejects.toThrow("l (groups)");
    await expect(open(await byDuck("SELECT {'a': 1::FLOAT} AS l"))).rejects.toThrow("l (groups)");
  });
});

describe("Parquet, what is refused", () => {
  it("integers and decimals, with advice", async () => {
    await expect(open(fixture("int.parquet"))).rejects.toThrow("a (int64): cast integers to floats");
    await expect(open(fixture("int.parquet"), { columns: ["a"] })).rejects.toThrow(
      'column "a" has int64, and logits are floats: cast it, as in SELECT "a"::FLOAT',
    );
    await expect(open(fixture("dec.parquet"))).rejects.toThrow("a (decimals)");
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
    await expect(open(new Uint8Array(20))).rejects.toThrow("begins with PAR1");
    await expect(open(new Uint8Array(0))).rejects.toThrow("begins with PAR1");
    await expect(open(new TextEncoder().encode("PAREPARE"))).rejects.toThrow("encrypted");
  });
});

describe("Parquet, written", () => {
  it("columns, with those kept, as they came", async () => {
    const reader = await open(fixture("cols.snappy.parquet"), { keep: KEPT });
    const bytes = await written(reader, writeParquet);
    expect(await rowsOf(await open(bytes, { keep: KEPT }))).toEqual(COLS);
    const types = await duck("DESCRIBE FROM $FILE", bytes);
    expect(types.rows.map((row) => Object.values(row as object).slice(0, 3))).toEqual([
      ["id", "BIGINT", "YES"],
      ["s", "VARCHAR", "YES"],
      ["t", "TIMESTAMP WITH TIME ZONE", "YES"],
      ["ok", "BOOLEAN", "YES"],
      ["day", "DATE", "YES"],
      ["dict", "VARCHAR", "YES"],
      ["u8", "UTINYINT", "YES"],
      ["a", "DOUBLE", "YES"],
      ["b", "DOUBLE", "YES"],
    ]);
    const { rows } = await duck("SELECT id, s, epoch_us(t) AS t, ok, dict, u8, a, b FROM $FILE", bytes);
    expect(rows[3]).toEqual({
      id: 2n ** 60n,
      s: "a longer string than twelve",
      t: null,
      ok: true,
      dict: null,
      u8: null,
      a: -Infinity,
      b: 4,
    });
    expect(rows[1]).toMatchObject({ a: -0, t: 1767323045678901n });
  });

  it("NaN is found, as no statistics hide it", async () => {
    const bytes = await written(await open(fixture("cols.none.parquet")), writeParquet);
    expect((await duck("SELECT b FROM $FILE WHERE a = 'NaN'", bytes)).rows).toEqual([{ b: 3 }]);
  });

  it("lists of one length, none of them empty", async () => {
    const bytes = await written(await open(fixture("fsl.parquet"), { nulls: "-inf" }), writeParquet);
    const expected = [
      [0, 0],
      [1, 2],
      [3, -Infinity],
      [5, 6],
    ].map((logits) => ({ logits }));
    expect((await duck("FROM $FILE", bytes)).rows).toEqual(expected);
    expect(await valuesOf(await open(bytes))).toEqual(expected.map(({ logits }) => logits));
  });

  it("lists, empty ones too, that DuckDB and hyparquet read", async () => {
    const reader = await open(fixture("list.parquet"), { nulls: "-inf", keep: ["n"] });
    const bytes = await written(reader, writeParquet);
    const expected = [...LISTS, [-Infinity, 6, 7]].map((logits, row) => ({ n: BigInt(row + 1), logits }));
    expect((await duck("FROM $FILE", bytes)).rows).toEqual(expected);
    const file = {
      byteLength: bytes.length,
      slice: (from: number, to?: number) => Uint8Array.from(bytes).buffer.slice(from, to),
    };
    expect(await parquetReadObjects({ file, compressors })).toEqual(expected);
  });

  it.each([
    ["log-sum-exp", "log_sum_exp", [1.5, -0, NaN, -Infinity]],
    ["entropy", "entropy", [1.5, -0, NaN, -Infinity]],
    ["argmax", "argmax", [0, 1, 2, 3]],
  ] as const)("%s as a column", async (operation: OperationName, name, expected) => {
    const reader = await open(fixture("colsv2.parquet"), { keep: ["id"] });
    const { rows } = await duck("FROM $FILE", await written(reader, writeParquet, operation));
    expect(rows).toEqual(expected.map((value, row) => ({ id: COLS[row].kept.id, [name]: value })));
  });

  it("top-k as lists of indices and values, as many as a row has", async () => {
    const reader = await open(fixture("list.parquet"), { nulls: "-inf" });
    const { rows } = await duck("FROM $FILE", await written(reader, writeParquet, "top-k", 2));
    expect(rows).toEqual(
      [...LISTS, [-Infinity, 6]].map((top_values) => ({
        top_indices: top_values.map((_, k) => k),
        top_values,
      })),
    );
  });

  it("many rows, in row groups of some 16 MiB, as DuckDB sums them", async () => {
    const query = "SELECT i::FLOAT AS a, -i::FLOAT AS b FROM range(2200000) t(i)";
    const bytes = await written(await open(await byDuck(query)), writeParquet);
    const sums = "SELECT count(*) AS rows, sum(a::DOUBLE) AS a, sum(b::DOUBLE) AS b FROM $FILE";
    const sum = (2200000 * 2199999) / 2;
    expect((await duck(sums, bytes)).rows).toEqual([{ rows: 2200000n, a: sum, b: -sum }]);
    const groups = "SELECT count(DISTINCT row_group_id) AS groups FROM parquet_metadata($FILE)";
    expect((await duck(groups, bytes)).rows).toEqual([{ groups: 3n }]);
  });

  it("an empty table has its columns", async () => {
    const reader = await open(await byDuck("SELECT 1::FLOAT AS a, 'x' AS s WHERE false"), { keep: ["s"] });
    const bytes = await written(reader, writeParquet);
    expect((await duck("SELECT column_name AS name FROM (DESCRIBE FROM $FILE)", bytes)).rows).toEqual([
      { name: "s" },
      { name: "a" },
    ]);
  });
});

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

  it.each(DAMAGED)("%s, cut at every byte", { timeout: 120_000 }, async (name, keep) => {
    const bytes = fixture(name);
    for (let length = 0; length < bytes.length; length++) {
      expect(await survives(open(bytes.slice(0, length), { keep, nulls: "mask" }))).toBe(false);
    }
  });
});
