/** What bench/score.ts measures beside the command: scripts of Python and Node, whose arguments are the input and the output. */

/** The same job, flushed as ours. */
export const NUMPY = `
import os, sys, numpy as np
x = np.load(sys.argv[1])
x -= x.max(axis=1, keepdims=True)
np.exp(x, out=x)
x /= x.sum(axis=1, keepdims=True)
with open(sys.argv[2], "wb") as f:
    np.save(f, x)
    f.flush()
    os.fsync(f.fileno())
`;

/** Rows as arrays of numbers, one after the other, and nothing more. */
export const PAPAPARSE = `
import { readFileSync } from "node:fs";
import Papa from "papaparse";
let rows = 0;
Papa.parse(readFileSync(process.argv[1], "utf8"), { dynamicTyping: true, step: () => rows++ });
`;

/** Every record batch of a file, written again as it is. */
export const ARROW = `
import { open } from "node:fs/promises";
import { AsyncByteQueue, RecordBatchFileWriter, RecordBatchReader } from "apache-arrow";
const [, input, output] = process.argv;
const file = await open(input);
const out = await open(output, "w");
const reader = await RecordBatchReader.from(file);
await reader.open();
const writer = new RecordBatchFileWriter();
const queue = new AsyncByteQueue();
let parts = [];
queue.write = (bytes) => void parts.push(bytes);
const flush = async () => {
  for (const part of parts) await out.write(part);
  parts = [];
};
writer.reset(queue, reader.schema);
for await (const batch of reader) {
  writer.write(batch);
  await flush();
}
writer.finish();
await flush();
await out.sync();
`;

/** Every row group of a file, read by columns and written again. */
export const PARQUET = `
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
const [, input, output] = process.argv;
const file = await asyncBufferFromFile(input);
const metadata = await parquetMetadataAsync(file);
const { schema, row_groups } = metadata;
const names = schema.slice(1).map(({ name }) => name);
const out = openSync(output, "w");
const writer = new ByteWriter();
const flush = () => {
  writeSync(out, writer.getBytes());
  writer.index = 0;
};
const parquet = new ParquetWriter({
  writer,
  schema: [schema[0], ...names.map((name) => ({ name, type: "FLOAT", repetition_type: "REQUIRED" }))],
  codec: "UNCOMPRESSED",
  statistics: false,
});
let rowStart = 0;
for (const { num_rows } of row_groups) {
  const rows = Number(num_rows);
  const columns = new Map(names.map((name) => [name, new Float32Array(rows)]));
  const onChunk = (chunk) => columns.get(chunk.columnName).set(chunk.columnData, chunk.rowStart - rowStart);
  await parquetRead({ file, metadata, columns: names, rowStart, rowEnd: rowStart + rows, compressors, onChunk });
  const columnData = names.map((name) => ({ name, data: columns.get(name), encoding: "PLAIN" }));
  await parquet.write({ columnData, rowGroupSize: rows });
  flush();
  rowStart += rows;
}
await parquet.finish();
flush();
fsyncSync(out);
closeSync(out);
`;
