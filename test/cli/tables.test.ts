import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import * as arrow from "apache-arrow";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { beforeAll, describe, expect, it } from "vitest";
import { createSoftmax } from "../../src/index.js";
import { fixture } from "../formats/arrowFixtures.js";
import { uniform } from "../support/random.js";
import { folder, run } from "./run.js";

const { softmax } = createSoftmax({ backend: "simd" });
const SIMD = ["--backend", "simd"];
const files = folder();
const ROWS = 60;
const NAMES = ["a", "b", "c"];
const logits = uniform("f32", ROWS * 3, -8, 8, 3) as Float32Array;
const column = (k: number) => Float32Array.from({ length: ROWS }, (_, row) => logits[3 * row + k]);
const ids = Array.from({ length: ROWS }, (_, row) => `row ${row}`);
const probabilities = softmax(logits, { shape: [ROWS, 3] });

/** Of three row groups, or record batches. */
beforeAll(() => {
  const columnData = NAMES.map((name, k) => ({ name, data: column(k), type: "FLOAT" as const }));
  const id = { name: "id", data: ids, type: "STRING" as const };
  const label = { name: "label", data: column(0).map((_, row) => row % 3), type: "INT32" as const };
  const parquet = parquetWriteBuffer({ columnData: [id, ...columnData, label], rowGroupSize: 20 });
  writeFileSync(files.path("in.parquet"), new Uint8Array(parquet));
  const fields = Object.fromEntries(NAMES.map((name, k) => [name, column(k)]));
  const table = arrow.tableFromArrays({ id: ids, ...fields });
  const parts = [0, 20, 40].map((from) => table.slice(from, from + 20));
  const batches = parts.flatMap(({ batches }) => batches);
  writeFileSync(files.path("in.arrow"), arrow.RecordBatchFileWriter.writeAll(batches).toUint8Array(true));
  writeFileSync(files.path("in.arrows"), arrow.RecordBatchStreamWriter.writeAll(batches).toUint8Array(true));
});

type Rows = readonly { readonly [name: string]: unknown }[];

async function rowsOf(path: string): Promise<Rows> {
  const bytes = readFileSync(path);
  if (path.endsWith(".parquet")) {
    return parquetReadObjects({ file: new Uint8Array(bytes).buffer }) as Promise<Rows>;
  }
  return arrow
    .tableFromIPC(bytes)
    .toArray()
    .map((row) => row.toJSON());
}

const expected = ids.map((id, row) => ({
  id,
  ...Object.fromEntries(NAMES.map((name, k) => [name, probabilities[3 * row + k]])),
}));

describe("score of tables", () => {
  it.each([
    ["in.parquet", "out.parquet"],
    ["in.parquet", "out.feather"],
    ["in.arrow", "out.arrows"],
    ["in.arrows", "out.parquet"],
  ])("%s to %s", async (input, output) => {
    const target = files.path(`${input}-${output}`);
    const args = ["--columns", "a,b,c", "--keep", "id", ...SIMD];
    const { status, stderr } = await run(["score", files.path(input), "-o", target, ...args]);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^60 rows, none with NaN/)]);
    expect(await rowsOf(target)).toEqual(expected);
  });

  it("is known by the first bytes, and a stream by a pipe", async () => {
    copyFileSync(files.path("in.parquet"), files.path("unnamed"));
    const named = await run(["score", files.path("unnamed"), "--columns", "a..c", "--to", "csv", ...SIMD]);
    expect(Float32Array.from(named.stdout.toString().split("\n")[1].split(","), Number)).toEqual(
      probabilities.subarray(0, 3),
    );
    const piped = await run(
      ["score", "-", "--op", "argmax", "--to", "jsonl"],
      readFileSync(files.path("in.arrows")),
    );
    expect(piped.stdout.toString().trim().split("\n")).toHaveLength(ROWS);
    const file = await run(["score", "-"], readFileSync(files.path("in.arrow")));
    expect([file.status, file.stderr]).toEqual([2, expect.stringContaining("its index at its end")]);
  });

  it("gives labels and kept columns to calibrate", async () => {
    const { status, stdout } = await run([
      "calibrate",
      files.path("in.parquet"),
      "--columns",
      "a,b,c",
      "--labels",
      "label",
      "--json",
    ]);
    expect([status, JSON.parse(stdout.toString())]).toMatchObject([0, { rows: ROWS, classes: 3 }]);
  });

  it("leaves nothing under the name of the output if the input is damaged", async () => {
    const bytes = readFileSync(files.path("in.parquet"));
    const { row_groups } = parquetMetadata(new Uint8Array(bytes).buffer);
    const at = Number(row_groups[1].columns[1].meta_data?.data_page_offset);
    bytes.fill(0xff, at, at + 8);
    writeFileSync(files.path("bad.parquet"), bytes);
    const target = files.path("bad-out.parquet");
    const { status, stderr } = await run([
      "score",
      files.path("bad.parquet"),
      "--columns",
      "a,b,c",
      "-o",
      target,
    ]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("bad.parquet: not a readable Parquet file: row group 2"),
    ]);
    expect(existsSync(target)).toBe(false);
    expect(files.names().filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("in parts by row groups, which merge joins", async () => {
    const target = files.path("p.parquet");
    const all = ["score", files.path("in.parquet"), "--columns", "a,b,c", "--keep", "id", "-o", target];
    // More parts than row groups: one has no rows.
    const parts = await Promise.all([1, 2, 3, 4].map((k) => run([...all, "--shard", `${k}/4`])));
    expect(parts.map(({ stderr }) => stderr.split(" ")[0])).toEqual(["0", "20", "20", "20"]);
    expect((await run(["merge", target])).stderr).toMatch(/^4 parts, 60 rows/);
    expect(await rowsOf(target)).toEqual(expected);
  });
});

describe("a package that is missing is named with what to do", { timeout: 30_000 }, () => {
  const INSTEAD = ", or write the file uncompressed";

  /** Scores where only these packages are installed beside the command. */
  async function ran(installed: readonly string[], ...args: string[]): Promise<unknown> {
    const root = mkdtempSync(files.path("alone-"));
    copyFileSync("build/cli.js", join(root, "cli.mjs"));
    mkdirSync(join(root, "node_modules"));
    for (const name of installed)
      symlinkSync(resolve("node_modules", name), join(root, "node_modules", name));
    const command = [join(root, "cli.mjs"), "score", ...args, "--threads", "1"];
    return promisify(execFile)(process.execPath, command).catch((error: { code: number; stderr: string }) => [
      error.code,
      error.stderr.split("\n")[0],
    ]);
  }

  const named = (what: string, name: string, instead = "") => [
    2,
    `softmax-wasm: ${what} needs the package ${name}: npm install ${name}${instead}`,
  ];

  beforeAll(() => {
    writeFileSync(files.path("x.csv"), "a,b\n1,2\n");
    for (const name of ["cols.lz4.arrow", "cols.zstd.arrow"]) writeFileSync(files.path(name), fixture(name));
  });

  it("of Parquet", async () => {
    const input = files.path("in.parquet");
    expect(await ran([], input)).toEqual(named("Reading Parquet", "hyparquet"));
    expect(await ran(["hyparquet"], input)).toEqual(named("Reading Parquet", "hyparquet-compressors"));
    const args = [files.path("x.csv"), "--to", "parquet"];
    expect(await ran([], ...args)).toEqual(named("Writing Parquet", "hyparquet-writer"));
  });

  it("of Arrow", async () => {
    expect(await ran([], files.path("in.arrow"))).toEqual(named("Arrow's format", "apache-arrow"));
    const compressed = named("Arrow compressed by LZ4", "lz4-napi", INSTEAD);
    expect(await ran(["apache-arrow"], files.path("cols.lz4.arrow"))).toEqual(compressed);
  });

  it.skipIf("zstdDecompressSync" in zlib)("of Arrow by Zstandard, which later Nodes have", async () => {
    const compressed = named("Arrow compressed by Zstandard, on Node before 22.15,", "fzstd", INSTEAD);
    expect(await ran(["apache-arrow", "lz4-napi"], files.path("cols.zstd.arrow"))).toEqual(compressed);
  });
});
