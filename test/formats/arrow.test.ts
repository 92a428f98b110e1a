import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { openArrow } from "../../src/formats/arrow.js";
import { UsageError } from "../../src/formats/errors.js";
import { fileOf, plainBuffers } from "../support/files.js";
import { fixture } from "./arrowFixtures.js";
import { arrowOf, COLS, DEFAULTS, KEPT, LISTS, pipedArrow, rowsOf, valuesOf } from "./tableSupport.js";

describe("Arrow, columns", () => {
  it.each(["cols.arrow", "cols.arrows", "cols2.arrow", "cols.zstd.arrow", "cols.lz4.arrow"])(
    "of %s and what is kept, from a file and from a pipe",
    async (name) => {
      const reader = await arrowOf(fixture(name), { keep: KEPT });
      expect(reader.columns).toEqual(["a", "b"]);
      expect(reader.type).toBe("float64");
      expect(await rowsOf(reader)).toEqual(COLS);
      expect(reader.warnings).toEqual([]);
      if (!name.endsWith("s")) return;
      for (const piece of [1, 7, 4096]) {
        expect(await rowsOf(await pipedArrow(fixture(name), { keep: KEPT }, piece))).toEqual(COLS);
      }
    },
  );

  it("of Polars, whose LZ4 has checksums of blocks", async () => {
    for (const name of ["polars.lz4.arrow", "polars.zstd.arrow"]) {
      const rows = await rowsOf(await arrowOf(fixture(name), { keep: ["s"] }));
      expect(rows.map(({ values }) => values)).toEqual([
        [1.5, 3.5],
        [2.5, 4.5],
      ]);
      expect(rows.map(({ kept }) => kept.s)).toEqual(["x", "yyyyyyyyyyyyyyyyyyyyy"]);
    }
  });

  it("are all of floats, but for those kept, or those that are named", async () => {
    expect((await arrowOf(fixture("cols.arrow"), { columns: ["b"] })).columns).toEqual(["b"]);
    expect((await arrowOf(fixture("cols.arrow"), { keep: ["a"] })).columns).toEqual(["b"]);
    const single = await arrowOf(fixture("cols.arrow"), { columns: ["a"] });
    expect(single.type).toBe("float32");
    const rounded = await arrowOf(fixture("cols.arrow"), { dtype: "float32" });
    expect(rounded.type).toBe("float32");
    expect(await valuesOf(rounded)).toEqual(COLS.map(({ values }) => values));
  });

  it("of half floats are float32", async () => {
    const reader = await arrowOf(fixture("half.arrow"));
    expect(reader.type).toBe("float32");
    expect(await valuesOf(reader)).toEqual([1, 65504, 2 ** -24, -2].map((value) => [value, value]));
  });

  it("of a dictionary of floats", async () => {
    const rows = await rowsOf(await arrowOf(fixture("dictfloat.arrow"), { nulls: "mask" }));
    expect(rows.map(({ values }) => values)).toEqual([
      [1.5, 1],
      [2.5, 2],
      [1.5, 3],
      [0, 4],
    ]);
    expect(rows[3].mask).toEqual([0, 1]);
  });

  it("of views of strings are kept", async () => {
    const rows = await rowsOf(await arrowOf(fixture("view.arrow"), { keep: ["s"] }));
    expect(rows.map(({ kept }) => kept.s)).toEqual(["short", "a string beyond twelve bytes", null]);
  });

  it("of no rows", async () => {
    for (const name of ["empty.arrow", "empty.arrows"]) {
      expect(await rowsOf(await arrowOf(fixture(name), { keep: KEPT }))).toEqual([]);
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
    const reader = await arrowOf(fixture(name), { nulls: "mask" });
    expect(reader.field).toBe("logits");
    const rows = await rowsOf(reader);
    expect(rows.map(({ values }) => values)).toEqual([...LISTS, [0, 6, 7]]);
    expect(rows[5].mask).toEqual([0, 1, 1]);
    const infinite = await valuesOf(await arrowOf(fixture(name), { nulls: "-inf" }));
    expect(infinite).toEqual([...LISTS, [-Infinity, 6, 7]]);
    await expect(valuesOf(await arrowOf(fixture(name)))).rejects.toThrow('row 4, field "logits"');
  });

  it("that are a slice of a longer list", async () => {
    expect(await valuesOf(await arrowOf(fixture("slicedlist.arrow")))).toEqual([[1, 2], [3]]);
  });

  it("of fixed size that are a slice, with a missing element", async () => {
    const rows = await rowsOf(await arrowOf(fixture("fsl.arrow"), { nulls: "mask" }));
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
    await expect(valuesOf(await arrowOf(fixture("fsl.arrow")))).rejects.toThrow(
      'x.arrow: row 2, element 1 of "logits": the value is missing',
    );
  });

  it("of fixed size that are missing, whatever their elements are", async () => {
    const rows = await rowsOf(await arrowOf(fixture("fslnull.arrow"), { nulls: "mask" }));
    expect(rows.map(({ mask }) => mask)).toEqual([
      [1, 1],
      [0, 0],
      [1, 1],
    ]);
    const infinite = await valuesOf(await arrowOf(fixture("fslnull.arrow"), { nulls: "-inf" }));
    expect(infinite).toEqual([
      [1, 2],
      [-Infinity, -Infinity],
      [3, 4],
    ]);
  });

  it("of Polars, which are LargeLists compressed by LZ4", async () => {
    expect(await valuesOf(await arrowOf(fixture("polarslist.lz4.arrow"), { field: "l" }))).toEqual([
      [1.5, 2.5],
      [3.5],
      [],
    ]);
  });

  it("whose choice is ambiguous are an error", async () => {
    await expect(arrowOf(fixture("two.arrow"))).rejects.toThrow(UsageError);
    await expect(arrowOf(fixture("two.arrow"))).rejects.toThrow("--field");
    await expect(arrowOf(fixture("mixed.arrow"))).rejects.toThrow(UsageError);
    expect((await arrowOf(fixture("two.arrow"), { field: "y" })).field).toBe("y");
    expect((await arrowOf(fixture("mixed.arrow"), { field: "x" })).field).toBe("x");
    expect((await arrowOf(fixture("mixed.arrow"), { columns: ["y"] })).columns).toEqual(["y"]);
    await expect(arrowOf(fixture("two.arrow"), { columns: ["x", "y"] })).rejects.toThrow("give --field x");
    await expect(arrowOf(fixture("mixed.arrow"), { field: "y" })).rejects.toThrow("a column of lists");
    await expect(arrowOf(fixture("mixed.arrow"), { field: "z" })).rejects.toThrow('there is no column "z"');
    await expect(arrowOf(fixture("mixed.arrow"), { field: "x", columns: ["y"] })).rejects.toThrow(UsageError);
    await expect(arrowOf(fixture("mixed.arrow"), { columns: ["y"], keep: ["x"] })).rejects.toThrow(
      "cannot be kept",
    );
  });
});

describe("Arrow, what is refused or warned of", () => {
  it("missing values name the first row and its column", async () => {
    await expect(valuesOf(await arrowOf(fixture("null.arrow")))).rejects.toThrow(
      'x.arrow: row 1, column "b": the value is missing: give --null mask',
    );
    const infinite = await valuesOf(await arrowOf(fixture("null.arrow"), { nulls: "-inf" }));
    expect(infinite).toEqual([
      [1, -Infinity],
      [-Infinity, 5],
      [3, 6],
    ]);
  });

  it("Feather 1, other files and nothing", async () => {
    await expect(arrowOf(fixture("v1.feather"))).rejects.toThrow("Feather version 1");
    await expect(arrowOf(new Uint8Array(20))).rejects.toThrow("begins with ARROW1");
    await expect(arrowOf(new Uint8Array(0))).rejects.toThrow("begins with ARROW1");
  });

  it("integers, with advice", async () => {
    await expect(arrowOf(fixture("int.arrow"))).rejects.toThrow("a (int64): cast integers to floats");
    await expect(arrowOf(fixture("int.arrow"), { columns: ["a"] })).rejects.toThrow(
      'column "a" has int64, and logits are floats: cast it, as in SELECT "a"::FLOAT',
    );
  });

  it("a stream without its end mark is whole, with a warning", async () => {
    const bytes = fixture("cols.arrows").slice(0, -8);
    const reader = await arrowOf(bytes);
    expect(await valuesOf(reader)).toEqual(COLS.map(({ values }) => values));
    expect(reader.warnings).toEqual([
      "x.arrow: the stream has no end mark: if its writer was stopped, rows after row 4 are missing",
    ]);
  });

  it("streams one after another are one table, if their columns are the same", async () => {
    const one = fixture("cols.arrows");
    const three = await arrowOf(Buffer.concat([one, one, one]), { keep: ["dict"] });
    const rows = await rowsOf(three);
    expect(rows).toHaveLength(12);
    expect(rows.map(({ kept }) => kept.dict).slice(8)).toEqual(["x", "y", "x", null]);
    const other = arrow.tableToIPC(arrow.tableFromArrays({ z: new Float32Array(3) }), "stream");
    await expect(valuesOf(await arrowOf(Buffer.concat([one, other])))).rejects.toThrow(
      "after row 4 another stream begins",
    );
  });

  it("a file whose end is missing", async () => {
    const bytes = fixture("cols.arrow");
    await expect(arrowOf(bytes.slice(0, -1))).rejects.toThrow("does not end with ARROW1");
  });

  it("a file from a pipe, as its index is at its end; that of apache-arrow has its schema there alone", async () => {
    const bytes = arrow.tableToIPC(arrow.tableFromArrays({ z: new Float32Array(3) }), "file");
    expect(await valuesOf(await arrowOf(bytes))).toEqual([[0], [0], [0]]);
    await expect(pipedArrow(bytes)).rejects.toThrow("read it as a file, or pipe Arrow's format of streams");
  });
});
