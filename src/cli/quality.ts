/** What labels say of the logits that are scored: accuracy, log-loss and calibration error. */
import { DataError, UsageError } from "../formats/errors.js";
import type { Batch, Reader } from "../formats/format.js";
import { checkClasses, labelOf } from "../formats/labels.js";
import { lanesOf } from "../formats/results.js";
import type { Calibration } from "../index.js";
import type { ScoreArguments } from "./arguments.js";
import type { Engine } from "./engine.js";
import { type LabelSource, labelSource } from "./labelSource.js";

/** As many bins of confidence as `calibrate` has, unless told otherwise. */
export const BINS = 15;
/** What crossEntropy and calibration leave out. */
const IGNORED = -100;

/** The labels of all inputs. */
export async function labelsOfAll({
  labels,
  inputs,
  shard,
}: ScoreArguments): Promise<LabelSource | undefined> {
  if (labels === undefined) return undefined;
  const source = await labelSource(labels);
  if (source.file === undefined || (inputs.length === 1 && shard === undefined)) return source;
  const wrong = shard === undefined ? `${inputs.length} inputs` : "--shard";
  throw new UsageError(`--labels of a file does not go with ${wrong}: name a column that holds the labels`);
}

/** Sums over the rows of all batches. */
export class Quality {
  private rows = 0;
  private loss = 0;
  private right = 0;
  private readonly bins = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, right: 0 }));

  add({ logLoss, accuracy, bins }: Calibration): void {
    let rows = 0;
    for (const [k, { count, confidence, accuracy }] of bins.entries()) {
      if (count === 0) continue;
      this.bins[k].count += count;
      this.bins[k].confidence += count * confidence;
      this.bins[k].right += count * accuracy;
      rows += count;
    }
    this.rows += rows;
    // NaN if a row has NaN: such rows are in no bin.
    this.loss += rows * logLoss;
    this.right += rows * accuracy;
  }

  /** Means over the rows that have a label. NaN if one of these has no finite probability. */
  get measures(): Pick<Calibration, "accuracy" | "logLoss" | "calibrationError"> {
    const { rows, loss, right, bins } = this;
    const gap = bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.confidence), 0);
    const accuracy = right / rows;
    return {
      accuracy,
      logLoss: loss / rows,
      calibrationError: Number.isNaN(accuracy) ? Number.NaN : gap / rows,
    };
  }
}

/** The same reader, whose batches are measured before they are overwritten, and that shows only what `keep` names. */
export function labelled(
  reader: Reader,
  source: LabelSource,
  { temperature, keep }: ScoreArguments,
  engine: Engine,
  quality: Quality,
): Reader {
  const shown = (name: string) => keep.includes(name);
  async function* batches(): AsyncGenerator<Batch> {
    let first = 0;
    for await (const batch of reader.batches()) {
      const lanes = lanesOf(batch);
      const labels = labelsOf(reader.name, source, batch, first);
      if (labels.some((label) => label !== IGNORED)) {
        const { outer, length, inner, mask } = batch;
        const lanesOfBatch = { shape: [outer, length, inner], axis: 1, mask };
        const options = { ...lanesOfBatch, temperature, bins: BINS };
        quality.add(await engine.functions.calibration(batch.values, labels, options));
      }
      first += lanes;
      const kept = new Map([...(batch.kept ?? [])].filter(([name]) => shown(name)));
      yield { ...batch, kept: kept.size > 0 ? kept : undefined };
    }
    if (source.file !== undefined && source.all.length !== first) {
      throw new DataError(`${source.file}: ${source.all.length} labels for ${first} rows`);
    }
  }
  // All else stays what it is, its class too.
  return Object.create(reader, {
    batches: { value: batches },
    kept: { value: reader.kept?.filter(shown) },
  });
}

function labelsOf(name: string, source: LabelSource, batch: Batch, first: number): Int32Array {
  if (source.file !== undefined) {
    const labels = source.all.subarray(first, first + lanesOf(batch));
    // That there are too few of them is said at the end, with their number.
    const some = new Int32Array(lanesOf(batch)).fill(IGNORED);
    some.set(labels);
    checkClasses(source.file, labels, first, batch.length, IGNORED);
    return some;
  }
  const { column } = source;
  const values = batch.kept?.get(column) ?? [];
  const labels = Int32Array.from(values, (value, k) =>
    labelOf(`${name}: row ${first + k + 1}, ${column}`, value),
  );
  checkClasses(`${name}, ${column}`, labels, first, batch.length, IGNORED);
  return labels;
}
