/** `softmax-wasm calibrate`: the temperature that makes probabilities fit how often they are right. */
import { writeFileSync } from "node:fs";
import { NEW_MEMORY } from "../formats/buffers.js";
import { DataError, UsageError } from "../formats/errors.js";
import type { Reader } from "../formats/format.js";
import { checkClasses, labelOf } from "../formats/labels.js";
import { type Calibration, calibration, type FittedTemperature, fitTemperature } from "../index.js";
import type { FloatArray } from "../types.js";
import { openReader, type Reading } from "./files.js";
import { labelSource } from "./labelSource.js";
import { parsed } from "./options.js";
import { checkTarget } from "./output.js";
import { READING, type ReadingArguments, readReading } from "./reading.js";
import { diagramOf, plotOf } from "./reliability.js";

/** What the file for `score --temperature @FILE` holds, and --json prints. */
export interface CalibrationReport {
  readonly command: "calibrate";
  readonly rows: number;
  readonly classes: number;
  readonly temperature: number;
  readonly atLimit: boolean;
  readonly bins: number;
  readonly before: Measures;
  readonly after: Measures;
}

type Measures = Pick<Calibration, "logLoss" | "accuracy" | "calibrationError">;

const OPTIONS = {
  ...READING,
  labels: { type: "string" },
  output: { type: "string", short: "o" },
  plot: { type: "string" },
  bins: { type: "string", default: "15" },
  force: { type: "boolean", short: "f", default: false },
  json: { type: "boolean", default: false },
} as const;

export async function calibrate(args: readonly string[]): Promise<void> {
  const { values, positionals } = parsed(args, OPTIONS);
  const { labels, output, plot, force, json } = values;
  if (positionals.length !== 1)
    throw new UsageError(`calibrate needs one file of logits, got ${positionals.length}`);
  if (labels === undefined) {
    throw new UsageError("calibrate needs --labels: a file of integers, or the column that holds them");
  }
  const bins = Number(values.bins);
  if (!(Number.isInteger(bins) && bins >= 1 && bins <= 1000)) {
    throw new UsageError(`--bins must be an integer from 1 to 1000, got ${values.bins}`);
  }
  for (const target of [output, plot]) if (target !== undefined) checkTarget(target, force);
  const data = await readData(positionals[0], labels, readReading(values));
  const { logits, truth, rows, classes } = data;
  const shape = [rows, classes];
  const fitted = fitTemperature(logits, truth, { shape });
  const { temperature, atLimit } = fitted;
  if (Number.isNaN(temperature)) {
    throw new DataError(
      `${positionals[0]}: the loss is not finite: row ${firstBadRow(logits, truth, classes) + 1} has NaN or +∞, or gives its label probability 0`,
    );
  }
  const before = calibration(logits, truth, { shape, bins });
  const after = calibration(logits, truth, { shape, bins, temperature });
  const report: CalibrationReport = {
    command: "calibrate",
    rows,
    classes,
    temperature,
    atLimit,
    bins,
    before: measuresOf(before),
    after: measuresOf(after),
  };
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (output !== undefined) writeFileSync(output, text);
  if (plot !== undefined) writeFileSync(plot, plotOf(before, after, temperature));
  process.stdout.write(json ? text : describe(report, fitted, before, after));
}

interface Data {
  readonly logits: FloatArray;
  readonly truth: Int32Array;
  readonly rows: number;
  readonly classes: number;
}

/** All of a file: Newton's method goes over it several times. */
async function readData(path: string, labels: string, reading: ReadingArguments): Promise<Data> {
  const source = await labelSource(labels);
  const reader = await openWhole(path, { ...reading, keep: [], label: source.column });
  const parts: FloatArray[] = [];
  const truth: number[] = [];
  let rows = 0;
  let classes: number | undefined;
  try {
    for await (const batch of reader.batches()) {
      if (batch.inner !== 1)
        throw new UsageError(`${path}: calibrate takes rows of logits: give --axis -1, or transpose`);
      classes ??= batch.length;
      if (batch.length !== classes) {
        throw new DataError(
          `${path}: row ${rows + 1} has ${batch.length} logits, and the rows before have ${classes}`,
        );
      }
      parts.push(batch.values.slice());
      const column = batch.kept?.get(labels);
      if (column)
        truth.push(...column.map((value, k) => labelOf(`${path}: row ${rows + k + 1}, ${labels}`, value)));
      rows += batch.outer;
      batch.release();
    }
  } finally {
    await reader.close();
  }
  for (const warning of reader.warnings ?? []) process.stderr.write(`softmax-wasm: ${warning}\n`);
  if (rows === 0 || classes === undefined) throw new DataError(`${path}: there are no rows`);
  const all = source.file === undefined ? Int32Array.from(truth) : source.all;
  if (all.length !== rows) throw new DataError(`${labels}: ${all.length} labels for ${rows} rows`);
  checkClasses(labels, all, 0, classes);
  return { logits: joined(parts), truth: all, rows, classes };
}

async function openWhole(path: string, reading: Reading): Promise<Reader> {
  return (await openReader(path, reading, NEW_MEMORY)).reader;
}

function joined(parts: readonly FloatArray[]): FloatArray {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = parts[0].BYTES_PER_ELEMENT === 4 ? new Float32Array(length) : new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function firstBadRow(logits: FloatArray, truth: Int32Array, classes: number): number {
  return truth.findIndex((label, row) => {
    const lane = logits.subarray(row * classes, (row + 1) * classes);
    return (
      !(lane[label] > Number.NEGATIVE_INFINITY) ||
      lane.some((x) => Number.isNaN(x) || x === Number.POSITIVE_INFINITY)
    );
  });
}

function measuresOf({ logLoss, accuracy, calibrationError }: Calibration): Measures {
  return { logLoss, accuracy, calibrationError };
}

function describe(
  { rows, classes, temperature, atLimit, bins, before, after }: CalibrationReport,
  { iterations }: FittedTemperature,
  diagramBefore: Calibration,
  diagramAfter: Calibration,
): string {
  const line = (name: string, a: number, b: number) =>
    `${name.padEnd(28)}${a.toFixed(4).padStart(9)}${b.toFixed(4).padStart(9)}\n`;
  const limit = atLimit
    ? ": at the limit, as the loss falls all the way to there; it says nothing about other data"
    : "";
  return [
    `${rows.toLocaleString("en-US")} rows of ${classes} classes\n`,
    `temperature ${Number(temperature.toPrecision(7))}, after ${iterations} passes${limit}\n\n`,
    `${"".padEnd(28)}   before    after\n`,
    line("log-loss, nats", before.logLoss, after.logLoss),
    line("accuracy", before.accuracy, after.accuracy),
    line(`calibration error, ${bins} bins`, before.calibrationError, after.calibrationError),
    `\n${diagramOf(diagramBefore, diagramAfter)}`,
  ].join("");
}
