/** The inputs of bench/score.ts: the same logits in each format. */
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as arrow from "apache-arrow";
import { parquetWriteBuffer } from "hyparquet-writer";
import { createData } from "./workload.js";

export class Inputs {
  constructor(private readonly folder: string) {}

  npy(name: string, rows: number, columns: number): string {
    const path = join(this.folder, name);
    const file = openSync(path, "w");
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`.padEnd(117);
    // Version 1.0, and the length of what follows: 118.
    writeSync(file, Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header}\n`, "latin1"));
    const part = Math.min(rows, 4096);
    const x = normalLogits(part * columns);
    for (let row = 0; row < rows; row += part) {
      writeSync(file, x, 0, Math.min(part, rows - row) * columns * 4);
    }
    closeSync(file);
    return path;
  }

  csv(name: string, rows: number, columns: number): string {
    const path = join(this.folder, name);
    const file = openSync(path, "w");
    writeSync(file, `${namesOf(columns).join(",")}\n`);
    const part = 10_000;
    const x = normalLogits(part * columns);
    const lines = Array.from({ length: part }, (_, row) =>
      Array.from(x.subarray(row * columns, (row + 1) * columns), (value) => value.toFixed(6)).join(","),
    );
    for (let row = 0; row < rows; row += part) {
      writeSync(file, `${lines.slice(0, rows - row).join("\n")}\n`);
    }
    closeSync(file);
    return path;
  }

  /** Lists of one length, in record batches of 8 MB. */
  arrowLists(name: string, rows: number, length: number): string {
    const { Field, FixedSizeList, Float32, RecordBatch, Schema, Struct, makeData } = arrow;
    const item = new Field("item", new Float32(), false);
    const type = new FixedSizeList(length, item);
    const schema = new Schema([new Field("logits", type, false)]);
    const part = Math.min(rows, Math.floor(2e6 / length));
    const child = makeData({ type: item.type, length: part * length, data: normalLogits(part * length) });
    const lists = makeData({ type, length: part, child });
    const data = makeData({ type: new Struct(schema.fields), length: part, nullCount: 0, children: [lists] });
    const batches = Array.from({ length: Math.floor(rows / part) }, () => new RecordBatch(schema, data));
    return this.write(name, arrow.RecordBatchFileWriter.writeAll(batches as never).toUint8Array(true));
  }

  parquetColumns(name: string, rows: number, columns: number): string {
    const x = normalLogits(rows * columns);
    const columnData = namesOf(columns).map((column, k) => ({
      name: column,
      type: "FLOAT" as const,
      data: Float32Array.from({ length: rows }, (_, row) => x[row * columns + k]),
    }));
    return this.write(name, new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 100_000 })));
  }

  private write(name: string, bytes: Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, bytes);
    return path;
  }
}

function namesOf(columns: number): string[] {
  return Array.from({ length: columns }, (_, k) => `c${k}`);
}

function normalLogits(count: number): Float32Array {
  const { x } = createData({ operation: "softmax", type: "f32", shape: [count], axis: 0, spread: "narrow" });
  return x as Float32Array;
}
