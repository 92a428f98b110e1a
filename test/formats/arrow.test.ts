import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as flechette from "@uwdata/flechette";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { openArrow } from "../../src/formats/arrow.js";
import { writeArrow } from "../../src/formats/arrowWriter.js";
import { DataError, UsageError } from "../../src/formats/errors.js";
import type { Header, OperationName, Reader, Target } from "../../src/formats/format.js";
import type { TableOptions } from "../../src/formats/table.js";
import { joinArrow } from "../../src/formats/tableJoin.js";
import { Moment } from "../../src/formats/tableKept.js";
import { fileOf, plainBuffers, streamOf } from "../support/files.js";
import { DAMAGED, fixture, KEPT } from "./arrowFixtures.js";
import { DEFAULTS, MemoryTarget, rowsOf, valuesOf, written } from "./tableSupport.js";

const open = (bytes: Uint8Array, options: Partial<TableOptions> = {}) =>
  openArrow(fileOf(bytes, "x.arrow"), { ...DEFAULTS, ...options }, plainBuffers());

const piped = (bytes: Uint8Array, options: Partial<TableOptions> = {}, piece = 7) =>
  openArrow(streamOf(bytes, piece, "-"), { ...DEFAULTS, ...options }, plainBuffers());

const toFile = (header: Header, target: Target) => writeArrow(header, target, false);
const toStream = (header: Header, target: Target) => writeArrow(header, target, true);

const moment = new Moment(1767323045678901n, "us", true);
const day = new Moment(20455n, "d");

/** Of pyarrow: a is float32, b float64. */
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

describe("Arrow, columns", () => {
  it.each(["cols.arrow", "cols.arrows", "cols2.arrow", "cols.zstd.arrow", "cols.lz4.arrow"])(
    "of %s and what is kept, from a file and from a pipe",
    async (name) => {
      const reader = await open(fixture(name), { keep: KEPT });
      expect(reader.columns).toEqual(["a", "b"]);
      expect(reader.type).toBe("float64");
      expect(await rowsOf(reader)).toEqual(COLS);
      expect(reader.warnings).toEqual([]);
      if (!name.endsWith("s")) return;
      for (const piece of [1, 7, 4096]) {
        expect(await rowsOf(await piped(fixture(name), { keep: KEPT }, piece))).toEqual(COLS);
      }
    },
  );

  it("of Polars, whose LZ4 has checksums of blocks", async () => {
    for (const name of ["polars.lz4.arrow", "polars.zstd.arrow"]) {
      const rows = await rowsOf(await open(fixture(name), { keep: ["s"] }));
      expect(rows.map(({ values }) => values)).toEqual([
        [1.5, 3.5],
        [2.5, 4.5],
      ]);
      expect(rows.map(({ kept }) => kept.s)).toEqual(["x", "yyyyyyyyyyyyyyyyyyyyy"]);
    }
  });

  it("are all of floats, but for those kept, or those that are named", async () => {
    expect((await open(fixture("cols.arrow"), { columns: ["b"] })).columns).toEqual(["b"]);
    expect((await open(fixture("cols.arrow"), { keep: ["a"] })).columns).toEqual(["b"]);
    const single = await open(fixture("cols.arrow"), { columns: ["a"] });
    expect(single.type).toBe("float32");
    const rounded = await open(fixture("cols.arrow"), { dtype: "float32" });
    expect(rounded.type).toBe("float32");
    expect(await valuesOf(rounded)).toEqual(COLS.map(({ values }) => values));
  });

  it("of half floats are float32", async () => {
    const reader = await open(fixture("half.arrow"));
    expect(reader.type).toBe("float32");
    expect(await valuesOf(reader)).toEqual([1, 65504, 2 ** -24, -2].map((value) => [value, value]));
  });

  it("of a dictionary of floats", async () => {
    const rows = await rowsOf(await open(fixture("dictfloat.arrow"), { nulls: "mask" }));
    expect(rows.map(({ values }) => values)).toEqual([
      [1.5, 1],
      [2.5, 2],
      [1.5, 3],
      [0, 4],
    ]);
    expect(rows[3].mask).toEqual([0, 1]);
  });

  it("of views of strings are kept", async () => {
    const rows = await rowsOf(await open(fixture("view.arrow"), { keep: ["s"] }));
    expect(rows.map(({ kept }) => kept.s)).toEqual(["short", "a string beyond twelve bytes", null]);
  });

  it("of no rows", async () => {
    for (const name of ["empty.arrow", "empty.arrows"]) {
      expect(await rowsOf(await open(fixture(name), { keep: KEPT }))).toEqual([]);
    }
  });

  it("of many rows come in batches of some 2 MiB", async () => {
    const rows = 1_200_000;
    const column = Float32Array.from({ length: rows }, (_, row) => row);
    const field = (name: string) => [name, arrow.makeVector(column.map((x) => (name === "a" ? x : -x)))];
    const table = new arrow.Table(Object.fromEntries(["a", "b", "c", "d"].map(field)));
    const bytes = arrow.tableToIPC(table, "file");
    expect(bytes.length).toBeGreaterThan(16 * 2 ** 20);
    const buffers = plainBuffers();
    const reader = await openArrow(fileOf(bytes), DEFAULTS, buffers);
    let row = 0;
    for await (const { values, outer, release } of reader.batches()) {
      expect(values.byteLength).toBeLessThanOrEqual(2 ** 21);
      for (let k = 0; k < outer; k += 997) {
        expect(values[4 * k]).toBe(row + k);
        expect(values[4 * k + 3]).toBe(-(row + k));
      }
      row += outer;
      release();
    }
    expect(row).toBe(rows);
    expect(buffers.taken).toBe(0);
  });
});

describe("Arrow, lists", () => {
  it.each(["list.arrow", "largelist.arrow"])("of %s, of different lengths", async (name) => {
    const reader = await open(fixture(name), { nulls: "mask" });
    expect(reader.field).toBe("logits");
    const rows = await rowsOf(reader);
    expect(rows.map(({ values }) => values)).toEqual([...LISTS, [0, 6, 7]]);
    expect(rows[5].mask).toEqual([0, 1, 1]);
    const infinite = await valuesOf(await open(fixture(name), { nulls: "-inf" }));
    expect(infinite).toEqual([...LISTS, [-Infinity, 6, 7]]);
    await expect(valuesOf(await open(fixture(name)))).rejects.toThrow('row 4, field "logits"');
  });

  it("that are a slice of a longer list", async () => {
    expect(await valuesOf(await open(fixture("slicedlist.arrow")))).toEqual([[1, 2], [3]]);
  });

  it("of fixed size that are a slice, with a missing element", async () => {
    const rows = await rowsOf(await open(fixture("fsl.arrow"), { nulls: "mask" }));
    expect(rows.map(({ values }) => values)).toEqual([
      [1, 2],
      [3, 0],
      [5, 6],
    ]);
    expect(rows.map(({ mask }) => mask)).toEqual([
      [1, 1],
      [1, 0],
      [1, 1],
    ]);
    await expect(valuesOf(await open(fixture("fsl.arrow")))).rejects.toThrow(
      'x.arrow: row 2, element 1 of "logits": the value is missing',
    );
  });

  it("of fixed size that are missing, whatever their elements are", async () => {
    const rows = await rowsOf(await open(fixture("fslnull.arrow"), { nulls: "mask" }));
    expect(rows.map(({ mask }) => mask)).toEqual([
      [1, 1],
      [0, 0],
      [1, 1],
    ]);
    const infinite = await valuesOf(await open(fixture("fslnull.arrow"), { nulls: "-inf" }));
    expect(infinite).toEqual([
      [1, 2],
      [-Infinity, -Infinity],
      [3, 4],
    ]);
  });

  it("of Polars, which are LargeLists compressed by LZ4", async () => {
    expect(await valuesOf(await open(fixture("polarslist.lz4.arrow"), { field: "l" }))).toEqual([
      [1.5, 2.5],
      [3.5],
      [],
    ]);
  });

  it("whose choice is ambiguous are an error", async () => {
    await expect(open(fixture("two.arrow"))).rejects.toThrow(UsageError);
    await expect(open(fixture("two.arrow"))).rejects.toThrow("--field");
    await expect(open(fixture("mixed.arrow"))).rejects.toThrow(UsageError);
    expect((await open(fixture("two.arrow"), { field: "y" })).field).toBe("y");
    expect((await open(fixture("mixed.arrow"), { field: "x" })).field).toBe("x");
    expect((await open(fixture("mixed.arrow"), { columns: ["y"] })).columns).toEqual(["y"]);
    await expect(open(fixture("two.arrow"), { columns: ["x", "y"] })).rejects.toThrow("give --field x");
    await expect(open(fixture("mixed.arrow"), { field: "y" })).rejects.toThrow("a column of lists");
    await expect(open(fixture("mixed.arrow"), { field: "z" })).rejects.toThrow('there is no column "z"');
    await expect(open(fixture("mixed.arrow"), { field: "x", columns: ["y"] })).rejects.toThrow(UsageError);
    await expect(open(fixture("mixed.arrow"), { columns: ["y"], keep: ["x"] })).rejects.toThrow(
      "cannot be kept",
    );
  });
});

describe("Arrow, what is refused or warned of", () => {
  it("missing values name the first row and its column", async () => {
    await expect(valuesOf(await open(fixture("null.arrow")))).rejects.toThrow(
      'x.arrow: row 1, column "b": the value is missing: give --null mask',
    );
    const infinite = await valuesOf(await open(fixture("null.arrow"), { nulls: "-inf" }));
    expect(infinite).toEqual([
      [1, -Infinity],
      [-Infinity, 5],
      [3, 6],
    ]);
  });

  it("Feather 1, other files and nothing", async () => {
    await expect(open(fixture("v1.feather"))).rejects.toThrow("Feather version 1");
    await expect(open(new Uint8Array(20))).rejects.toThrow("begins with ARROW1");
    await expect(open(new Uint8Array(0))).rejects.toThrow("begins with ARROW1");
  });

  it("integers, with advice", async () => {
    await expect(open(fixture("int.arrow"))).rejects.toThrow("a (int64): cast integers to floats");
    await expect(open(fixture("int.arrow"), { columns: ["a"] })).rejects.toThrow(
      'column "a" has int64, and logits are floats: cast it, as in SELECT "a"::FLOAT',
    );
  });

  it("a stream without its end mark is whole, with a warning", async () => {
    const bytes = fixture("cols.arrows").slice(0, -8);
    const reader = await open(bytes);
    expect(await valuesOf(reader)).toEqual(COLS.map(({ values }) => values));
    expect(reader.warnings).toEqual([
      "x.arrow: the stream has no end mark: if its writer was stopped, rows after row 4 are missing",
    ]);
  });

  it("streams one after another are one table, if their columns are the same", async () => {
    const one = fixture("cols.arrows");
    const three = await open(Buffer.concat([one, one, one]), { keep: ["dict"] });
    const rows = await rowsOf(three);
    expect(rows).toHaveLength(12);
    expect(rows.map(({ kept }) => kept.dict).slice(8)).toEqual(["x", "y", "x", null]);
    const other = arrow.tableToIPC(arrow.tableFromArrays({ z: new Float32Array(3) }), "stream");
    await expect(valuesOf(await open(Buffer.concat([one, other])))).rejects.toThrow(
      "after row 4 another stream begins",
    );
  });

  it("a file whose end is missing", async () => {
    const bytes = fixture("cols.arrow");
    await expect(open(bytes.slice(0, -1))).rejects.toThrow("does not end with ARROW1");
  });

  it("a file from a pipe, as its index is at its end; that of apache-arrow has its schema there alone", async () => {
    const bytes = arrow.tableToIPC(arrow.tableFromArrays({ z: new Float32Array(3) }), "file");
    expect(await valuesOf(await open(bytes))).toEqual([[0], [0], [0]]);
    await expect(piped(bytes)).rejects.toThrow("read it as a file, or pipe Arrow's format of streams");
  });
});

/** What apache-arrow reads of a table. */
function tableOf(bytes: Uint8Array): { schema: string[]; rows: unknown[] } {
  const table = arrow.tableFromIPC(bytes);
  const plain = (value: unknown): unknown =>
    value instanceof arrow.Vector ? Array.from(value as Iterable<unknown>, plain) : value;
  const rows = table.toArray().map((row) => Object.fromEntries([...row].map(([k, v]) => [k, plain(v)])));
  return { schema: table.schema.fields.map((field) => `${field.name}: ${field.type}`), rows };
}

describe("Arrow, written", () => {
  it.each([
    ["a file", toFile],
    ["a stream", toStream],
  ])("%s of columns, with those kept, as it came", async (_, write) => {
    const bytes = await written(await open(fixture("cols.arrow"), { keep: KEPT }), write);
    expect(tableOf(bytes).schema).toEqual([
      "id: Int64",
      "s: Utf8",
      "t: Timestamp<MICROSECOND, UTC>",
      "ok: Bool",
      "day: Date32<DAY>",
      "dict: Utf8",
      "u8: Uint8",
      "a: Float64",
      "b: Float64",
    ]);
    expect(await rowsOf(await open(bytes, { keep: KEPT }))).toEqual(COLS);
    if (write === toStream) expect(await rowsOf(await piped(bytes, { keep: KEPT }))).toEqual(COLS);
  });

  it("lists of one length as FixedSizeList, others as List, under their name", async () => {
    const fixed = await written(await open(fixture("fsl.arrow"), { nulls: "-inf" }), toFile);
    expect(tableOf(fixed)).toEqual({
      schema: ["logits: FixedSizeList[2]<Float32>"],
      rows: [
        [1, 2],
        [3, -Infinity],
        [5, 6],
      ].map((logits) => ({ logits })),
    });
    const any = await written(await open(fixture("list.arrow"), { nulls: "-inf", keep: ["n"] }), toFile);
    expect(tableOf(any)).toEqual({
      schema: ["n: Int64", "logits: List<Float32>"],
      rows: [...LISTS, [-Infinity, 6, 7]].map((logits, row) => ({ n: BigInt(row + 1), logits })),
    });
  });

  it.each([
    ["log-sum-exp", "log_sum_exp: Float64", [1.5, -0, NaN, -Infinity]],
    ["entropy", "entropy: Float64", [1.5, -0, NaN, -Infinity]],
    ["argmax", "argmax: Int32", [0, 1, 2, 3]],
  ] as const)("%s as a column", async (operation, field, expected) => {
    const bytes = await written(await open(fixture("cols.arrow"), { keep: ["id"] }), toFile, operation);
    const { schema, rows } = tableOf(bytes);
    expect(schema).toEqual(["id: Int64", field]);
    expect(rows.map((row) => Object.values(row as object)[1])).toEqual(expected);
  });

  it("top-k as lists of indices and values, as many as a row has", async () => {
    const bytes = await written(await open(fixture("list.arrow"), { nulls: "-inf" }), toFile, "top-k", 2);
    const { schema, rows } = tableOf(bytes);
    expect(schema).toEqual(["top_indices: List<Int32>", "top_values: List<Float32>"]);
    expect(rows).toEqual(
      [...LISTS, [-Infinity, 6]].map((top_values) => ({
        top_indices: top_values.map((_, k) => k),
        top_values,
      })),
    );
  });

  it("an empty table has its columns", async () => {
    for (const write of [toFile, toStream]) {
      const bytes = await written(await open(fixture("empty.arrow"), { keep: ["s"] }), write);
      expect(tableOf(bytes)).toEqual({ schema: ["s: Utf8", "a: Float64", "b: Float64"], rows: [] });
    }
  });

  it("rows of other formats as lists of their length, wherever the lanes lie", async () => {
    const values = new Float32Array([1, 2, 3, 4, 5, 6]);
    const reader = { name: "x", type: "float32", shape: [2, 3], axis: 0 } as unknown as Reader;
    const target = new MemoryTarget();
    const operation: OperationName = "softmax";
    const writer = await writeArrow({ operation, k: 1, reader, type: "float32" }, target, false);
    const batch = { values, outer: 1, length: 2, inner: 3, release: () => {} };
    await writer.write({ batch, values });
    await writer.end();
    expect(tableOf(target.bytes)).toEqual({
      schema: ["softmax: FixedSizeList[2]<Float32>"],
      rows: [
        [1, 4],
        [2, 5],
        [3, 6],
      ].map((softmax) => ({ softmax })),
    });
  });

  it("is what a second library reads", async () => {
    for (const write of [toFile, toStream]) {
      const bytes = await written(await open(fixture("cols.arrow"), { keep: ["id", "s", "ok"] }), write);
      const table = flechette.tableFromIPC(bytes, { useBigInt: true });
      expect(table.toArray()).toEqual(
        COLS.map(({ values: [a, b], kept: { id, s, ok } }) => ({ id, s, ok, a, b })),
      );
      const lists = await written(await open(fixture("list.arrow"), { nulls: "-inf" }), write);
      const rows = flechette.tableFromIPC(lists).getChild("logits").toArray();
      expect(Array.from(rows, (row) => Array.from(row as Iterable<number>))).toEqual([
        ...LISTS,
        [-Infinity, 6, 7],
      ]);
    }
  });

  it("record batches of some 2 MiB at most, and short lists together", async () => {
    const reader = { name: "x", type: "float32", field: "l" } as unknown as Reader;
    const target = new MemoryTarget();
    const writer = await writeArrow({ operation: "softmax", k: 1, reader, type: "float32" }, target, false);
    const lists = Array.from({ length: 20_000 }, (_, row) => 1 + (row % 400));
    for (const length of lists) {
      const values = new Float32Array(length).fill(length);
      await writer.write({ batch: { values, outer: 1, length, inner: 1, release: () => {} }, values });
      values.fill(-1);
    }
    await writer.end();
    const { batches, schema } = arrow.tableFromIPC(target.bytes);
    expect(batches).toHaveLength(8);
    expect(Math.max(...batches.map(({ data }) => data.byteLength))).toBeLessThan(2 ** 21 + 2 ** 17);
    expect(schema.fields.map(String)).toEqual(["l: List<Float32>"]);
    const rows = await valuesOf(await open(target.bytes));
    expect(rows.map(({ length }) => length)).toEqual(lists);
    expect(rows.every((row) => row.every((value) => value === row.length))).toBe(true);
  });

  it("a kept column whose name a result has is refused", async () => {
    const reader = await open(
      arrow.tableToIPC(arrow.tableFromArrays({ a: new Float32Array(2), argmax: ["x", "y"] })),
      {
        keep: ["argmax"],
      },
    );
    await expect(written(reader, toFile, "argmax")).rejects.toThrow(UsageError);
  });
});

describe("Arrow, in parts", () => {
  const columns = Float32Array.from({ length: 9 }, (_, row) => row);
  const parts = [0, 3, 6].map(
    (from) => arrow.tableFromArrays({ a: columns.slice(from, from + 3) }).batches[0],
  );
  const bytes = arrow.RecordBatchFileWriter.writeAll(parts).toUint8Array(true);

  it("are cut by record batches, and joined", async () => {
    const directory = mkdtempSync(join(tmpdir(), "arrow-"));
    const paths: string[] = [];
    for (const k of [1, 2, 3, 4]) {
      const input = fileOf(bytes);
      const reader = await openArrow(input, { ...DEFAULTS, shard: { k, n: 4 } }, plainBuffers());
      const path = join(directory, `${k}.arrow`);
      writeFileSync(path, await written(reader, toFile));
      paths.push(path);
    }
    for (const isStream of [false, true]) {
      const target = new MemoryTarget();
      await joinArrow(paths, target, isStream);
      expect((await valuesOf(await open(target.bytes))).flat()).toEqual([...columns]);
      expect(arrow.tableFromIPC(target.bytes).batches.filter(({ numRows }) => numRows > 0)).toHaveLength(3);
    }
    rmSync(directory, { recursive: true });
  });

  it("of a stream are refused", async () => {
    const opened = openArrow(
      fileOf(fixture("cols.arrows")),
      { ...DEFAULTS, shard: { k: 1, n: 2 } },
      plainBuffers(),
    );
    await expect(opened).rejects.toThrow("--shard needs Arrow's format of files");
  });
});

describe("Arrow, damaged", () => {
  it.each(DAMAGED)(
    "%s, cut at every byte: an error, but for a stream cut behind a batch",
    async (name, keep) => {
      const bytes = fixture(name);
      const isStream = name.endsWith("s");
      let whole = 0;
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.slice(0, length);
        try {
          await rowsOf(await open(cut, { keep, nulls: "mask" }));
          whole++;
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }
      // Behind the schema, the dictionary and the batch.
      expect(whole).toBe(isStream ? 3 : 0);
    },
  );
});
