/** `softmax-wasm score`: files of logits to files of results. Reading, computing and writing overlap. */

import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { ArrayReader, type Shard } from "../formats/arrays.js";
import { UsageError } from "../formats/errors.js";
import { type Header, isElementwise, type Reader, type Results, type Writer } from "../formats/format.js";
import { lanesOf } from "../formats/results.js";
import { readScoreArguments, type ScoreArguments } from "./arguments.js";
import { type Engine, startEngine } from "./engine.js";
import { formatOf, openReader, writerOf } from "./files.js";
import { expand, sizeOf, targetOf } from "./inputs.js";
import type { LabelSource } from "./labelSource.js";
import { type SumChunks, scoreLongLanes, sumsHere } from "./longLanes.js";
import { sumsOfAll } from "./longParts.js";
import { checkTarget, type Output, openOutput, standardOutput, writeJson } from "./output.js";
import { pipeline } from "./pipeline.js";
import { type Progress, startProgress } from "./progress.js";
import { labelled, labelsOfAll } from "./quality.js";
import type { FormatName } from "./reading.js";
import { isDone, type PartRecord, partName, readRecord, recordName, sha256Of, wantedOf } from "./shards.js";
import { report, Tally } from "./summary.js";

/** What all files of a run share. */
interface Run {
  readonly settings: ScoreArguments;
  readonly engine: Engine;
  readonly tally: Tally;
  readonly labels: LabelSource | undefined;
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
  const labels = await labelsOfAll(settings);
  const start = performance.now();
  const tally = new Tally();
  const engine = await startEngine(settings, sizeOf(inputs));
  const run = { settings, engine, tally, labels };
  try {
    for (const [k, input] of inputs.entries()) {
      if (settings.shard === undefined) await scoreFile(input, targets[k], run);
      else await scorePart(input, targets[k], settings.shard, run);
    }
  } finally {
    await engine.close();
  }
  const { rows, nanRows, skipped, bytes } = tally;
  const { backend, threads } = engine;
  const seconds = (performance.now() - start) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const counts = { inputs: inputs.length, rows, nanRows, skipped, seconds, bytes, peakBytes };
  const measures = labels === undefined ? {} : tally.quality.measures;
  report(settings, tally.warnings, { command: "score", ...counts, backend, threads, ...measures });
}

/** Scores a part of a file, unless that has been done. */
async function scorePart(input: string, target: string | undefined, shard: Shard, run: Run): Promise<void> {
  if (target === undefined || input === "-") throw new UsageError("--shard needs a file and -o OUTPUT");
  const { settings, engine, tally } = run;
  const part = partName(target, shard);
  const wanted = await wantedOf(input, shard, settings, engine.backend);
  if (isDone(part, readRecord(recordName(part)), wanted)) {
    tally.skipped++;
    return;
  }
  const before = tally.rows;
  const { format, shape } = await scoreFile(
    input,
    part,
    { ...run, settings: { ...settings, force: true } },
    (reader, sums) => sumsOfAll(reader, target, wanted, sums),
  );
  const rows = tally.rows - before;
  const { size: bytes } = statSync(part);
  const record: PartRecord = { ...wanted, format, shape, rows, bytes, sha256: await sha256Of(part) };
  await writeJson(recordName(part), record);
}

async function scoreFile(
  input: string,
  target: string | undefined,
  run: Run,
  /** Where a long lane is cut: what all parts have summed, by what this one sums. */
  share?: (reader: ArrayReader, own: SumChunks) => Promise<SumChunks>,
): Promise<Pick<PartRecord, "format" | "shape">> {
  const { settings, engine, tally, labels } = run;
  const { reader: file, format } = await openReader(input, { ...settings, label: labels?.column }, engine);
  const reader = labels === undefined ? file : labelled(file, labels, settings, engine, tally.quality);
  let output: Output | undefined;
  let progress: Progress | undefined;
  try {
    const to = settings.to ?? (target === undefined ? undefined : formatOf(target)) ?? format;
    output = target === undefined ? toStandardOutput(to) : await openOutput(target, settings.force);
    const { operation, k } = settings;
    const header: Header = { operation, k, reader, type: reader.type };
    const writer = await writerOf(to, header, output, settings.nonFinite);
    progress = startProgress(reader, settings.quiet);
    const stop = (error: unknown) => {
      engine.fail(error);
      reader.close().catch(() => {});
    };
    if (reader instanceof ArrayReader && reader.isLong) {
      if (labels !== undefined) throw new UsageError(`${input}: --labels needs rows that memory can hold`);
      const own = sumsHere(reader, settings, engine);
      const sums = reader.isCut && share !== undefined ? await share(reader, own) : own;
      await scoreLongLanes(reader, writer, settings, engine, tally, sums, stop);
    } else {
      await scoreBatches(reader, writer, engine, tally, progress, stop);
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

function scoreBatches(
  reader: Reader,
  writer: Writer,
  engine: Engine,
  tally: Tally,
  progress: Progress,
  stop: (error: unknown) => void,
): Promise<void> {
  const write = async (results: Results) => {
    await writer.write(results);
    const { batch } = results;
    tally.rows += lanesOf(batch);
    tally.nanRows += nanLanes(results);
    batch.release();
    progress.update(tally.rows);
  };
  return pipeline(reader.batches(), engine.compute, write, stop);
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
