import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

/**
 * Runs a statement of DuckDB, in which $FILE is the name of a file, and returns the rows and the bytes of the file. Its folder is
 * of the call: files of tests that share a process share this module too, so none may end what the next one needs.
 */
export async function duck(
  statement: string,
  bytes?: Uint8Array,
): Promise<{ rows: unknown[]; bytes: Uint8Array }> {
  const directory = mkdtempSync(join(tmpdir(), "parquet-"));
  try {
    const path = join(directory, "x.parquet");
    if (bytes !== undefined) writeFileSync(path, bytes);
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(statement.replaceAll("$FILE", `'${path}'`));
    const rows = reader.getRowObjectsJS();
    connection.closeSync();
    instance.closeSync();
    return { rows, bytes: readFileSync(path) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A file of Parquet that DuckDB writes. */
export const byDuck = async (query: string, options = "") =>
  (await duck(`COPY (${query}) TO $FILE (FORMAT parquet${options})`)).bytes;
