import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { describe, expect, it } from "vitest";
import type { OperationName } from "../../src/formats/format.js";
import { writeParquet } from "../../src/formats/parquetWriter.js";
import { byDuck, duck } from "./duck.js";
import { fixture } from "./parquetFixtures.js";
import { COLS, KEPT, LISTS, parquetOf, rowsOf, valuesOf, written } from "./tableSupport.js";

describe("Parquet, written", () => {
  it("columns, with those kept, as they came", async () => {
    const reader = await parquetOf(fixture("cols.snappy.parquet"), { keep: KEPT });
    const bytes = await written(reader, writeParquet);
    expect(await rowsOf(await parquetOf(bytes, { keep: KEPT }))).toEqual(COLS);
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
    const bytes = await written(await parquetOf(fixture("cols.none.parquet")), writeParquet);
    expect((await duck("SELECT b FROM $FILE WHERE a = 'NaN'", bytes)).rows).toEqual([{ b: 3 }]);
  });

  it("lists of one length, none of them empty", async () => {
    const bytes = await written(await parquetOf(fixture("fsl.parquet"), { nulls: "-inf" }), writeParquet);
    const expected = [
      [0, 0],
      [1, 2],
      [3, -Infinity],
      [5, 6],
    ].map((logits) => ({ logits }));
    expect((await duck("FROM $FILE", bytes)).rows).toEqual(expected);
    expect(await valuesOf(await parquetOf(bytes))).toEqual(expected.map(({ logits }) => logits));
  });

  it("lists, empty ones too, that DuckDB and hyparquet read", async () => {
    const reader = await parquetOf(fixture("list.parquet"), { nulls: "-inf", keep: ["n"] });
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
    const reader = await parquetOf(fixture("colsv2.parquet"), { keep: ["id"] });
    const { rows } = await duck("FROM $FILE", await written(reader, writeParquet, operation));
    expect(rows).toEqual(expected.map((value, row) => ({ id: COLS[row].kept.id, [name]: value })));
  });

  it("top-k as lists of indices and values, as many as a row has", async () => {
    const reader = await parquetOf(fixture("list.parquet"), { nulls: "-inf" });
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
    const bytes = await written(await parquetOf(await byDuck(query)), writeParquet);
    const sums = "SELECT count(*) AS rows, sum(a::DOUBLE) AS a, sum(b::DOUBLE) AS b FROM $FILE";
    const sum = (2200000 * 2199999) / 2;
    expect((await duck(sums, bytes)).rows).toEqual([{ rows: 2200000n, a: sum, b: -sum }]);
    const groups = "SELECT count(DISTINCT row_group_id) AS groups FROM parquet_metadata($FILE)";
    expect((await duck(groups, bytes)).rows).toEqual([{ groups: 3n }]);
  });

  it("an empty table has its columns", async () => {
    const reader = await parquetOf(await byDuck("SELECT 1::FLOAT AS a, 'x' AS s WHERE false"), {
      keep: ["s"],
    });
    const bytes = await written(reader, writeParquet);
    expect((await duck("SELECT column_name AS name FROM (DESCRIBE FROM $FILE)", bytes)).rows).toEqual([
      { name: "s" },
      { name: "a" },
    ]);
  });
});
