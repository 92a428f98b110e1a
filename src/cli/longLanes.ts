/** Lanes that memory should not hold whole: the log-sum-exp of their chunks first, then each chunk by that of its lane. */
import type { ArrayReader, Range } from "../formats/arrays.js";
import type { Buffer } from "../formats/buffers.js";
import { UsageError } from "../formats/errors.js";
import type { Results, Writer } from "../formats/format.js";
import { LogSumExp } from "../index.js";
import type { ScoreArguments } from "./arguments.js";
import type { Engine } from "./engine.js";
import { pipeline } from "./pipeline.js";
import type { Tally } from "./summary.js";

/** The sums of chunks, each by itself, so that they are the same whoever adds them up. */
export type SumChunks = (range: Range) => Promise<LogSumExp[]>;

/** Sums chunks here. */
export function sumsHere(reader: ArrayReader, { temperature }: ScoreArguments, engine: Engine): SumChunks {
  return async (range) => {
    const sums: LogSumExp[] = [];
    for await (const { values, release } of reader.chunksOf(range)) {
      sums.push(new engine.functions.LogSumExp({ temperature }).push(values));
      release();
    }
    return sums;
  };
}

export async function scoreLongLanes(
  reader: ArrayReader,
  writer: Writer,
  { operation, temperature }: ScoreArguments,
  engine: Engine,
  tally: Tally,
  sumsOf: SumChunks,
  stop: (error: unknown) => void,
): Promise<void> {
  const { chunks, chunkRange } = reader;
  if (operation !== "softmax" && operation !== "log-softmax" && operation !== "log-sum-exp") {
    throw new UsageError(
      `${reader.name}: lanes of ${reader.file.length} elements are read in parts, and --op ${operation} needs them whole: use softmax, log-softmax or log-sum-exp`,
    );
  }
  for (let from = chunkRange.from; from < chunkRange.to; ) {
    const lane = Math.floor(from / chunks);
    const whole = { from: lane * chunks, to: (lane + 1) * chunks };
    const own = { from, to: Math.min(whole.to, chunkRange.to) };
    const total = new LogSumExp({ temperature });
    for (const sum of await sumsOf(whole)) total.merge(sum);
    const normalizer = total.value;
    // Of a lane over several parts, the first one counts it.
    const isFirst = own.from === whole.from;
    if (operation !== "log-sum-exp") {
      // A lane of nothing has no probabilities: with -Infinity for its logarithm they would be 0.
      const divisor = normalizer === Number.NEGATIVE_INFINITY ? Number.NaN : normalizer;
      const finish = operation === "softmax" ? engine.functions.softmax : engine.functions.logSoftmax;
      const compute = async ({ values, release }: Buffer) => {
        await finish(values, { normalizer: divisor, temperature, out: values });
        return { batch: { values, outer: 1, length: values.length, inner: 1, release }, values };
      };
      const write = async (results: Results) => {
        await writer.write(results);
        results.batch.release();
      };
      await pipeline(reader.chunksOf(own), compute, write, stop);
    } else if (isFirst) {
      const values = reader.type === "float64" ? Float64Array.of(normalizer) : Float32Array.of(normalizer);
      await writer.write({ batch: { values, outer: 1, length: 1, inner: 1, release() {} }, values });
    }
    const isNaNLane =
      Number.isNaN(normalizer) || (operation !== "log-sum-exp" && !Number.isFinite(normalizer));
    if (isFirst) tally.rows++;
    if (isFirst && isNaNLane) tally.nanRows++;
    from = own.to;
  }
}
