/** Lanes that memory should not hold whole: their log-sum-exp first, then each part by it. */
import type { ArrayReader } from "../formats/arrays.js";
import { UsageError } from "../formats/errors.js";
import type { Writer } from "../formats/format.js";
import { LogSumExp } from "../index.js";
import type { ScoreArguments } from "./arguments.js";
import type { Engine } from "./engine.js";
import type { Tally } from "./summary.js";

export async function scoreLongLanes(
  reader: ArrayReader,
  writer: Writer,
  { operation, temperature }: ScoreArguments,
  engine: Engine,
  tally: Tally,
): Promise<void> {
  const { length, outer } = reader.file;
  if (operation !== "softmax" && operation !== "log-softmax" && operation !== "log-sum-exp") {
    throw new UsageError(
      `${reader.name}: lanes of ${length} elements are read in parts, and --op ${operation} needs them whole: use softmax, log-softmax or log-sum-exp`,
    );
  }
  for (let lane = 0; lane < outer; lane++) {
    const sum = new LogSumExp({ temperature });
    for await (const { values, release } of reader.parts(lane)) {
      sum.push(values);
      release();
    }
    const normalizer = sum.value;
    if (operation === "log-sum-exp") {
      const values = reader.type === "float64" ? Float64Array.of(normalizer) : Float32Array.of(normalizer);
      await writer.write({ batch: { values, outer: 1, length: 1, inner: 1, release() {} }, values });
    } else {
      // A lane of nothing has no probabilities: with -Infinity for its logarithm they would be 0.
      const divisor = normalizer === Number.NEGATIVE_INFINITY ? Number.NaN : normalizer;
      for await (const { values, release } of reader.parts(lane)) {
        const finish = operation === "softmax" ? engine.functions.softmax : engine.functions.logSoftmax;
        await finish(values, { normalizer: divisor, temperature, out: values });
        await writer.write({ batch: { values, outer: 1, length: values.length, inner: 1, release }, values });
        release();
      }
    }
    const isNaNLane =
      Number.isNaN(normalizer) || (operation !== "log-sum-exp" && !Number.isFinite(normalizer));
    tally.rows++;
    if (isNaNLane) tally.nanRows++;
  }
}
