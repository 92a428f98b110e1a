/** Softmax and log-softmax by normalizers that were computed elsewhere. */
import type { Backend, LaneOperation } from "../backend/backend.js";
import { run } from "../backend/gather.js";
import { gather, scatter, startOf, stepOf, wholeMask } from "../backend/lanes.js";
import * as ops from "../backend/operations.js";
import { newArray } from "../dtype.js";
import { type Pending, whenDone } from "../maybePromise.js";
import type { FloatArray, Layout, Offsets } from "../types.js";

/** exp(x / T - L) or x / T - L, with the normalizer L of each lane. */
export function normalize(
  backend: Backend,
  operation: LaneOperation,
  x: FloatArray,
  out: FloatArray,
  layout: Layout,
  temperature: number,
  normalizers: FloatArray,
  mask: Uint8Array | undefined,
): Pending {
  // A lane with Infinity as its log-sum-exp is NaN throughout.
  const numbers = new Float64Array(normalizers).map((L) => (L === Number.POSITIVE_INFINITY ? Number.NaN : L));
  if (operation === ops.normalizedLogSoftmax) {
    return run(backend, operation, x, out, layout, temperature, { numbers, mask, js: true });
  }
  const lanes = exceeding(x, layout, temperature, numbers);
  if (lanes.length === 0) return run(backend, operation, x, out, layout, temperature, { numbers, mask });
  return normalizeApart(backend, operation, x, out, layout, temperature, numbers, mask, lanes);
}

/**
 * The lanes with an element far above their normalizer, which then is not that of a set with this element: the kernels take
 * elements relative to the largest one.
 */
function exceeding(x: FloatArray, layout: Layout, temperature: number, numbers: Float64Array): number[] {
  const { length, inner, offsets } = layout;
  const lanes: number[] = [];
  for (let lane = 0; lane < numbers.length; lane++) {
    const most = (numbers[lane] + 1) * temperature;
    const start = startOf(layout, lane);
    let k = 0;
    while (k < length && !(x[start + stepOf(k, inner, offsets)] > most)) k++;
    if (k < length) lanes.push(lane);
  }
  return lanes;
}

/** The same with some `lanes` in TypeScript: of these only, so that the others have the bits that they have without them. */
function normalizeApart(
  backend: Backend,
  operation: LaneOperation,
  x: FloatArray,
  out: FloatArray,
  layout: Layout,
  temperature: number,
  numbers: Float64Array,
  mask: Uint8Array | undefined,
  lanes: readonly number[],
): Pending {
  const { length, inner, offsets: all } = layout;
  const offsets: Offsets = {
    lanes: Float64Array.from(lanes, (lane) => startOf(layout, lane)),
    elements: Float64Array.from({ length }, (_, k) => stepOf(k, inner, all)),
  };
  const rows = { outer: lanes.length, length, inner: 1 };
  // Before `out` is written, which may be x.
  const copy = newArray(operation.name, x, lanes.length * length);
  gather(x, offsets, copy);
  const few = Float64Array.from(lanes, (lane) => numbers[lane]);
  const kept = mask && new Uint8Array(copy.length);
  if (mask && kept) gather(wholeMask(mask, layout, x.length), offsets, kept);
  return whenDone(run(backend, operation, x, out, layout, temperature, { numbers, mask }), (): Pending => {
    const operands = { numbers: few, mask: kept, js: true };
    const pending = run(backend, operation, copy, copy, rows, temperature, operands);
    return whenDone(pending, () => {
      scatter(copy, offsets, out);
    });
  });
}
