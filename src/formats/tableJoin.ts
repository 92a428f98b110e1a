/** Parts of a table, which one command with the same options has written, one after the other. */
import type { RowGroup } from "hyparquet";
import { loadArrow, streamsOf } from "./arrow.js";
import { ArrowSource } from "./arrowSource.js";
import { ArrowSink } from "./arrowWriter.js";
import type { Target } from "./format.js";
import { type Input, openFile } from "./input.js";
import { readMetadata } from "./parquet.js";
import { peer } from "./peer.js";

/** Copies the record batches of all parts. */
export async function joinArrow(parts: readonly string[], target: Target, isStream: boolean): Promise<void> {
  const arrow = await loadArrow();
  const sink = new ArrowSink(arrow, target, isStream);
  await each(parts, async (input) => {
    for await (const stream of streamsOf(arrow, await ArrowSource.open(input, undefined))) {
      await sink.begin(stream.schema);
      for await (const batch of stream) await sink.write(batch);
    }
  });
  await sink.end();
}

/** Copies the bytes of all row groups, and writes an index with their new places. */
export async function joinParquet(parts: readonly string[], target: Target): Promise<void> {
  const { ByteWriter, ParquetWriter } = await peer(
    "hyparquet-writer",
    () => import("hyparquet-writer"),
    "Writing Parquet",
  );
  const index = new ByteWriter();
  let writer: InstanceType<typeof ParquetWriter> | undefined;
  const flush = async () => {
    await target.write(index.getBytes());
    index.index = 0;
  };
  await each(parts, async (input) => {
    const { metadata } = await readMetadata(input);
    const { schema, row_groups, num_rows, metadata_length, created_by: createdBy } = metadata;
    // hyparquet-writer has the types of another version of hyparquet.
    writer ??= new ParquetWriter({ writer: index, schema: schema as never, createdBy });
    await flush();
    // Between the mark at the beginning, and the index, its length and the mark at the end.
    const end = (input.size ?? 0) - metadata_length - 8;
    const moved = index.offset - 4;
    for (let at = 4; at < end; ) {
      const bytes = new Uint8Array(Math.min(2 ** 20, end - at));
      const got = (await input.readAt?.(bytes, at)) ?? 0;
      if (got < bytes.length) throw new Error(`${input.name}: it has become shorter`);
      await target.write(bytes);
      at += got;
    }
    index.offset += end - 4;
    for (const group of row_groups) writer.row_groups.push(movedBy(group, BigInt(moved)) as never);
    writer.num_rows += num_rows;
  });
  await writer?.finish();
  await flush();
}

function movedBy(group: RowGroup, by: bigint): RowGroup {
  const columns = group.columns.map((column) => ({
    ...column,
    file_offset: column.file_offset + by,
    meta_data: column.meta_data && {
      ...column.meta_data,
      data_page_offset: column.meta_data.data_page_offset + by,
      dictionary_page_offset:
        column.meta_data.dictionary_page_offset && column.meta_data.dictionary_page_offset + by,
    },
  }));
  return { ...group, columns };
}

async function each(parts: readonly string[], read: (input: Input) => Promise<void>): Promise<void> {
  for (const part of parts) {
    const input = await openFile(part);
    try {
      await read(input);
    } finally {
      await input.close();
    }
  }
}
