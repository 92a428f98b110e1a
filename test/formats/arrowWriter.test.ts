import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as flechette from "@uwdata/flechette";
import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { openArrow } from "../../src/formats/arrow.js";
import { writeArrow } from "../../src/formats/arrowWriter.js";
import { UsageError } from "../../src/formats/errors.js";
import type { OperationName, Reader } from "../../src/formats/format.js";
import { joinArrow } from "../../src/formats/tableJoin.js";
import { fileOf, plainBuffers } from "../support/files.js";
import { fixture } from "./arrowFixtures.js";
import {
  arrowFile,
  arrowOf,
  arrowStream,
  COLS,
  DEFAULTS,
  KEPT,
  LISTS,
  MemoryTarget,
  pipedArrow,
  rowsOf,
  valuesOf,
  written,
} from "./tableSupport.js";

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
    ["a file", arrowFile],
    ["a stream", arrowStream],
  ])("%s of columns, with those kept, as it came", async (_, write) => {
    const bytes = await written(await arrowOf(fixture("cols.arrow"), { keep: KEPT }), write);
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
    expect(await rowsOf(await arrowOf(bytes, { keep: KEPT }))).toEqual(COLS);
    if (write === arrowStream) expect(await rowsOf(await pipedArrow(bytes, { keep: KEPT }))).toEqual(COLS);
  });

  it("lists of one length as FixedSizeList, others as List, under their name", async () => {
    const fixed = await written(await arrowOf(fixture("fsl.arrow"), { nulls: "-inf" }), arrowFile);
    expect(tableOf(fixed)).toEqual({
      schema: ["logits: FixedSizeList[2]<Float32>"],
      rows: [
        [1, 2],
        [3, -Infinity],
        [5, 6],
      ].map((logits) => ({ logits })),
    });
    const any = await written(
      await arrowOf(fixture("list.arrow"), { nulls: "-inf", keep: ["n"] }),
      arrowFile,
    );
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
    const bytes = await written(await arrowOf(fixture("cols.arrow"), { keep: ["id"] }), arrowFile, operation);
    const { schema, rows } = tableOf(bytes);
    expect(schema).toEqual(["id: Int64", field]);
    expect(rows.map((row) => Object.values(row as object)[1])).toEqual(expected);
  });

  it("top-k as lists of indices and values, as many as a row has", async () => {
    const bytes = await written(
      await arrowOf(fixture("list.arrow"), { nulls: "-inf" }),
      arrowFile,
      "top-k",
      2,
    );
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
    for (const write of [arrowFile, arrowStream]) {
      const bytes = await written(await arrowOf(fixture("empty.arrow"), { keep: ["s"] }), write);
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
    for (const write of [arrowFile, arrowStream]) {
      const bytes = await written(await arrowOf(fixture("cols.arrow"), { keep: ["id", "s", "ok"] }), write);
      const table = flechette.tableFromIPC(bytes, { useBigInt: true });
      expect(table.toArray()).toEqual(
        COLS.map(({ values: [a, b], kept: { id, s, ok } }) => ({ id, s, ok, a, b })),
      );
      const lists = await written(await arrowOf(fixture("list.arrow"), { nulls: "-inf" }), write);
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
    const rows = await valuesOf(await arrowOf(target.bytes));
    expect(rows.map(({ length }) => length)).toEqual(lists);
    expect(rows.every((row) => row.every((value) => value === row.length))).toBe(true);
  });

  it("a kept column whose name a result has is refused", async () => {
    const reader = await arrowOf(
      arrow.tableToIPC(arrow.tableFromArrays({ a: new Float32Array(2), argmax: ["x", "y"] })),
      {
        keep: ["argmax"],
      },
    );
    await expect(written(reader, arrowFile, "argmax")).rejects.toThrow(UsageError);
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
      writeFileSync(path, await written(reader, arrowFile));
      paths.push(path);
    }
    for (const isStream of [false, true]) {
      const target = new MemoryTarget();
      await joinArrow(paths, target, isStream);
      expect((await valuesOf(await arrowOf(target.bytes))).flat()).toEqual([...columns]);
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
