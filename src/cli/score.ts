/** `softmax-wasm score`: files of logits to files of results. Reading, computing and writing overlap. */

import { existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { glob } from "tinyglobby";
import { ArrayReader, type Shard } from "../formats/arrays.js";
import { DataError, UsageError } from "../formats/errors.js";
import { type Header, isElementwise, type Reader, type Results, type Writer } from "../formats/format.js";
import { lanesOf } from "../formats/results.js";
import { type FormatName, readScoreArguments, type ScoreArguments } from "./arguments.js";
import { type Engine, startEngine } from "./engine.js";
import { extensionOf, formatOf, openReader, writerOf } from "./files.js";
import { scoreLongLanes } from "./longLanes.js";
import { checkTarget, type Output, openOutput, standardOutput } from "./output.js";
import { type Progress, startProgress } from "./progress.js";
import {
  identityOf,
  isDone,
  optionsOf,
  type PartRecord,
  partName,
  readRecord,
  recordName,
  sha256Of,
} from "./shards.js";
import { version } from "./version.js";

/** What is said when all is done. */
export interface Summary {
  readonly command: "score";
  readonly inputs: number;
  readonly rows: number;
  /** Rows whose result is NaN. */
  readonly nanRows: number;
  /** Parts that were done already. */
  readonly skipped: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly backend: string;
  readonly threads: number;
}

/** Counted over all inputs. */
interface Tally {
  rows: number;
  nanRows: number;
  bytes: number;
  /** Parts that had been done before. */
  skipped: number;
  readonly warnings: string[];
}

export async function score(args: readonly string[]): Promise<void> {
  const settings = readScoreArguments(args);
  const inputs = await expand(settings.inputs);
  const targets = inputs.map((input) => targetOf(input, inputs.length, settings));
  if (settings.output?.endsWith("/")) await mkdir(settings.output, { recursive: true });
  // A part that stands there is either done or replaced.
  if (settings.shard === undefined) {
    for (const target of targets) if (target !== undefined) checkTarget(target, settings.force);
  }
  const start = performance.now();
  const tally: Tally = { rows: 0, nanRows: 0, bytes: 0, skipped: 0, warnings: [] };
  const engine = await startEngine(settings, sizeOf(inputs));
  try {
    for (const [k, input] of inputs.entries()) {
      if (settings.shard === undefined) await scoreFile(input, targets[k], settings, engine, tally);
      else await scorePart(input, targets[k], settings.shard, settings, engine, tally);
    }
  } finally {
    await engine.close();
  }
  const { rows, nanRows, bytes, skipped, warnings } = tally;
  const seconds = (performance.now() - start) / 1000;
  const { backend, threads } = engine;
  report(settings, warnings, {
    command: "score",
    inputs: inputs.length,
    rows,
    nanRows,
    skipped,
    seconds,
    bytes,
    backend,
    threads,
  });
}

/** The bytes of all inputs together. */
function sizeOf(inputs: readonly string[]): number {
  return inputs.reduce((bytes, input) => {
    const stats = statSync(input, { throwIfNoEntry: false });
    return bytes + (stats?.isFile() ? stats.size : Number.POSITIVE_INFINITY);
  }, 0);
}

/** Patterns that the shell has left, and names as they are. */
async function expand(inputs: readonly string[]): Promise<string[]> {
  const all: string[] = [];
  for (const input of inputs) {
    if (input === "-" || existsSync(input) || !/[*?[{]/.test(input)) {
      all.push(input);
      continue;
    }
    const found = await glob(input, { absolute: false, expandDirectories: false });
    if (found.length === 0) throw new DataError(`${input}: no file has such a name`);
    all.push(...found.sort());
  }
  return all;
}

/** The file for the results of an input. Undefined for standard output. */
function targetOf(input: string, count: number, settings: ScoreArguments): string | undefined {
  const { output, to } = settings;
  if (output === undefined) {
    if (count > 1) throw new UsageError("several inputs need an output directory: give -o DIR/");
    return undefined;
  }
  const isDirectory = output.endsWith("/") || (existsSync(output) && statSync(output).isDirectory());
  if (!isDirectory) {
    if (count > 1) throw new UsageError(`several inputs need an output directory: end ${output} with /`);
    return output;
  }
  if (input === "-") throw new UsageError("results of standard input need a name: give -o FILE");
  const name = basename(input);
  const stem = name.slice(0, name.length - extname(name).length);
  return join(output, to === undefined ? name : stem + extensionOf(to));
}

/** Scores a part of a file, unless that has been done. */
async function scorePart(
  input: string,
  target: string | undefined,
  shard: Shard,
  settings: ScoreArguments,
  engine: Engine,
  tally: Tally,
): Promise<void> {
  if (target === undefined || input === "-") throw new UsageError("--shard needs a file and -o OUTPUT");
  const part = partName(target, shard);
  const wanted = {
    part: shard.k,
    of: shard.n,
    input: await identityOf(input),
    options: optionsOf(settings),
    version: version(),
    backend: engine.backend,
  };
  if (isDone(part, readRecord(recordName(part)), wanted)) {
    tally.skipped++;
    return;
  }
  const before = tally.rows;
  const { format, shape } = await scoreFile(input, part, { ...settings, force: true }, engine, tally);
  const rows = tally.rows - before;
  const { size: bytes } = statSync(part);
  const record: PartRecord = { ...wanted, format, shape, rows, bytes, sha256: await sha256Of(part) };
  const output = await openOutput(recordName(part), true);
  await output.write(new TextEncoder().encode(`${JSON.stringify(record, null, 2)}\n`));
  await output.commit();
}

async function scoreFile(
  input: string,
  target: string | undefined,
  settings: ScoreArguments,
  engine: Engine,
  tally: Tally,
): Promise<Pick<PartRecord, "format" | "shape">> {
  const { reader, format }: { readonly reader: Reader; readonly format: FormatName } = await openReader(
    input,
    settings,
    engine,
  );
  let output: Output | undefined;
  let progress: Progress | undefined;
  try {
    const to = settings.to ?? (target === undefined ? undefined : formatOf(target)) ?? format;
    output = target === undefined ? toStandardOutput(to) : await openOutput(target, settings.force);
    const { operation, k } = settings;
    const header: Header = { operation, k, reader, type: reader.type };
    const writer = await writerOf(to, header, output, settings);
    progress = startProgress(reader, settings.quiet);
    if (reader instanceof ArrayReader && reader.isLong) {
      await scoreLongLanes(reader, writer, settings, engine, (rows, nanRows) => {
        tally.rows += rows;
        tally.nanRows += nanRows;
      });
    } else {
      await scoreBatches(reader, writer, engine, tally, progress);
    }
    await writer.end();
    await output.commit();
    tally.bytes += output.bytes;
    tally.warnings.push(...(reader.warnings ?? []));
    const { shape, axis } = reader;
    return { format: to, shape: isElementwise(operation) ? shape : shape?.filter((_, k) => k !== axis) };
  } catch (error) {
    await output?.abandon();
    throw error;
  } finally {
    progress?.stop();
    await reader.close();
  }
}

function toStandardOutput(format: FormatName): Output {
  if (process.stdout.isTTY && !["csv", "tsv", "jsonl"].includes(format)) {
    throw new UsageError(`results are ${format}, which is not for a terminal: give -o FILE, or --to csv`);
  }
  return standardOutput(process.stdout);
}

/** While one batch is written, the next ones are computed and read. */
async function scoreBatches(
  reader: Reader,
  writer: Writer,
  engine: Engine,
  tally: Tally,
  progress: Progress,
): Promise<void> {
  let written = Promise.resolve();
  try {
    for await (const batch of reader.batches()) {
      const computed = engine.compute(batch);
      // It is awaited below, in its turn.
      computed.catch(() => {});
      written = written.then(async () => {
        const results = await computed;
        await writer.write(results);
        tally.rows += lanesOf(batch);
        tally.nanRows += nanLanes(results);
        batch.release();
        progress.update(tally.rows);
      });
      // A reader that waits for memory must hear that none will come back.
      written.catch((error) => engine.fail(error));
    }
  } finally {
    await written;
  }
}

/** NaN anywhere in a lane makes its result NaN, all of it, but for what a mask leaves out. */
function nanLanes({ batch, values }: Results): number {
  const { outer, length, inner } = batch;
  const lanes = outer * inner;
  if (values instanceof Int32Array) return values.reduce((count, index) => count + (index < 0 ? 1 : 0), 0);
  const each = lanes === 0 ? 0 : values.length / lanes;
  let count = 0;
  for (let lane = 0; lane < lanes; lane++) {
    const isRow = each !== length || inner === 1;
    const start = isRow ? lane * each : Math.floor(lane / inner) * length * inner + (lane % inner);
    const step = isRow ? 1 : inner;
    for (let k = 0; k < each; k++) {
      if (Number.isNaN(values[start + k * step])) {
        count++;
        break;
      }
      if (batch.mask === undefined) break;
    }
  }
  return count;
}

function report(settings: ScoreArguments, warnings: readonly string[], summary: Summary): void {
  const { stderr } = process;
  for (const warning of warnings) stderr.write(`softmax-wasm: ${warning}\n`);
  if (settings.json) {
    stderr.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  if (settings.quiet) return;
  const { rows, nanRows, seconds, skipped } = summary;
  if (skipped > 0) stderr.write(`${skipped} ${skipped === 1 ? "part was" : "parts were"} done already\n`);
  const nan = nanRows === 0 ? "none with NaN" : `${nanRows.toLocaleString("en-US")} with NaN`;
  stderr.write(`${rows.toLocaleString("en-US")} rows, ${nan}, ${seconds.toFixed(seconds < 10 ? 2 : 0)} s\n`);
}
