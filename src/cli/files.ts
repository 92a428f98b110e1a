/** Which format a file has, and who reads and writes it. */
import { extname } from "node:path";
import type { Shard } from "../formats/arrays.js";
import { openArrow } from "../formats/arrow.js";
import { writeArrow } from "../formats/arrowWriter.js";
import type { Buffers } from "../formats/buffers.js";
import { openCsv } from "../formats/csv.js";
import { writeCsv } from "../formats/csvWriter.js";
import { DataError, UsageError } from "../formats/errors.js";
import type { Header, Reader, Target, Writer } from "../formats/format.js";
import { type Input, openFile, StreamInput } from "../formats/input.js";
import { JsonLinesReader } from "../formats/jsonLines.js";
import { type NonFinite, writeJsonLines } from "../formats/jsonLinesWriter.js";
import { openNpy, writeNpy } from "../formats/npy.js";
import { openParquet } from "../formats/parquet.js";
import { writeParquet } from "../formats/parquetWriter.js";
import { openRaw, writeRaw } from "../formats/raw.js";
import { FORMATS, type FormatName, type ReadingArguments } from "./reading.js";

const EXTENSIONS: { readonly [extension: string]: FormatName } = {
  ".npy": "npy",
  ".csv": "csv",
  ".tsv": "tsv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".raw": "raw",
  ".bin": "raw",
  ".parquet": "parquet",
  ".pq": "parquet",
  ".arrow": "arrow",
  ".feather": "arrow",
  ".ipc": "arrow",
  ".arrows": "arrows",
};

/** The ending of a file of a format. */
export function extensionOf(format: FormatName): string {
  return format === "raw" ? ".bin" : `.${format}`;
}

/** The format that a name tells. */
export function formatOf(path: string): FormatName | undefined {
  const extension = extname(path).toLowerCase();
  return Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
}

/** How a file is read, and which columns and rows of it. */
export interface Reading extends ReadingArguments {
  /** Columns that pass through. */
  readonly keep: readonly string[];
  /** The column of the labels, which is read as these are. */
  readonly label?: string | undefined;
  readonly shard?: Shard | undefined;
}

/** A file whose rows have been found. */
export interface Opened {
  readonly reader: Reader;
  readonly format: FormatName;
}

export async function openReader(path: string, settings: Reading, buffers: Buffers): Promise<Opened> {
  const input = path === "-" ? new StreamInput("standard input", process.stdin) : await openFile(path);
  const named = settings.format ?? (path === "-" ? undefined : formatOf(path));
  try {
    const format = named ?? (await recognized(input));
    return { reader: await readerOf(input, format, settings, buffers), format };
  } catch (error) {
    await input.close();
    throw error;
  }
}

const MAGIC = [
  ["\x93NUMPY", "npy"],
  ["PAR1", "parquet"],
  ["ARROW1", "arrow"],
  ["\xff\xff\xff\xff", "arrows"],
] as const;

/** By the first bytes, where no name tells. Text is not guessed. */
async function recognized(input: Input): Promise<FormatName> {
  const start = String.fromCharCode(...(await input.peek(6)));
  const found = MAGIC.find(([magic]) => start.startsWith(magic));
  if (found !== undefined) return found[1];
  throw new UsageError(
    `${input.name}: its name does not say what format it has: give --format ${FORMATS.slice(0, -1).join(", ")} or ${FORMATS.at(-1)}`,
  );
}

async function readerOf(
  input: Input,
  format: FormatName,
  settings: Reading,
  buffers: Buffers,
): Promise<Reader> {
  const { axis, dtype, columns, label, nulls, field, hasHeader, length, isBigEndian, shard } = settings;
  checkApplies(input.name, format, settings);
  const keep = label === undefined ? settings.keep : [...new Set([...settings.keep, label])];
  // Text is double precision whatever its values are, unless the user says otherwise.
  const type = dtype === undefined || dtype === "float64" ? "float64" : "float32";
  switch (format) {
    case "npy":
      return openNpy(input, { axis, dtype, shard }, buffers);
    case "raw":
      return openRaw(input, { dtype, length, isBigEndian, shard }, buffers);
    case "parquet":
      return openParquet(input, { columns, field, keep, nulls, dtype, shard }, buffers);
    case "arrow":
    case "arrows":
      return openArrow(input, { columns, field, keep, nulls, dtype, shard }, buffers);
    case "jsonl":
      return new JsonLinesReader(input, { field, keep, type, nulls, shard }, buffers);
    default: {
      const delimiter = format === "tsv" ? "\t" : ",";
      return openCsv(input, { columns, keep, type, nulls, hasHeader, delimiter, shard }, buffers);
    }
  }
}

/** Refuses options that this format has no use for: they would be passed over in silence. */
function checkApplies(name: string, format: FormatName, settings: Reading): void {
  const isText = format === "csv" || format === "tsv";
  const isTable = format === "parquet" || format === "arrow" || format === "arrows";
  const misplaced: [boolean, string, string][] = [
    [settings.axis !== undefined && format !== "npy", "--axis", "a .npy file"],
    [settings.columns !== undefined && !isText && !isTable, "--columns", "a file of columns"],
    [
      settings.keep.length > 0 && !isText && !isTable && format !== "jsonl",
      "--keep",
      "a file of columns or objects",
    ],
    [
      settings.field !== undefined && format !== "jsonl" && !isTable,
      "--field",
      "JSON Lines and columns of lists",
    ],
    [settings.length !== undefined && format !== "raw", "--length", "raw floats"],
    [settings.isBigEndian && format !== "raw", "--big-endian", "raw floats: other formats say it themselves"],
    [!settings.hasHeader && !isText, "--no-header", "CSV"],
  ];
  if (settings.label !== undefined && !isText && !isTable && format !== "jsonl") {
    throw new UsageError(
      `${name}: --labels ${settings.label}: there is no such file, and ${format} has no columns`,
    );
  }
  for (const [isMisplaced, option, where] of misplaced) {
    if (isMisplaced) throw new UsageError(`${name}: ${option} is for ${where}, and this is ${format}`);
  }
}

export async function writerOf(
  format: FormatName,
  header: Header,
  target: Target,
  nonFinite: NonFinite,
): Promise<Writer> {
  switch (format) {
    case "npy":
      return writeNpy(header, target);
    case "raw":
      return writeRaw(header, target);
    case "parquet":
      return writeParquet(header, target);
    case "arrow":
    case "arrows":
      return writeArrow(header, target, format === "arrows");
    case "jsonl":
      return writeJsonLines(header, target, nonFinite);
    default:
      return writeCsv(header, target, format === "tsv" ? "\t" : ",");
  }
}

/** What the user is told of an error. Those of the system may not say of which file they are. */
export function describeError(error: unknown): string {
  if (error instanceof DataError || error instanceof UsageError) return error.message;
  const { code, path, message } = error as NodeJS.ErrnoException;
  const what = code === "ENOSPC" ? "there is no space left on the disk" : (message ?? String(error));
  return path === undefined || what.includes(path) ? what : `${path}: ${what}`;
}
