/** Half floats, and integers with a scale, as the logits of functions that take nothing else: for backends that widen them. */
import { ELEMENTWISE, PER_LANE } from "../../assembly/abi.js";
import { arrayType, type Place } from "../arguments/arrays.js";
import { NO_OPTIONS, type Settings } from "../arguments/options.js";
import { elementsOf, readPacked } from "../arguments/packed.js";
import { bitsOf } from "../arguments/packedTypes.js";
import { resolve } from "../arguments/shape.js";
import { type Backend, type ElementOperation, type LaneOperation, PACKED_TILE } from "../backend/backend.js";
import { roundToHalf } from "../math/halfFloats.js";
import type { FloatArray, PackedElements } from "../types.js";
import { checkPackedResults, type Halves, newResults } from "./packed.js";

/** The result on a packed x, where the backend takes it. Undefined elsewhere: then it is for `withFloats`. */
export function runRows(
  backend: Backend,
  operation: LaneOperation | ElementOperation,
  { shape, axis, temperature, out }: Settings,
  x: unknown,
  options: unknown,
  name: string,
  place?: Place,
): FloatArray | number | undefined {
  if (backend.runPacked === undefined) return undefined;
  const { name: caller } = operation;
  const packed = readPacked(
    caller,
    x,
    (options ?? NO_OPTIONS) as { readonly [name: string]: unknown },
    name,
    place,
  );
  const elements = elementsOf(packed);
  if (elements === undefined) return undefined;
  const { bits } = packed;
  const { outer, length, inner, offsets } = resolve(caller, shape, axis, bits.length, name);
  if (inner !== 1 || offsets !== undefined || bits.length === 0) return undefined;
  const isPerLane = (operation.code & PER_LANE) !== 0;
  const count = isPerLane ? outer : bits.length;
  const isOneNumber = isPerLane && shape === undefined && out === undefined;
  if (isOneNumber && outer !== 1) return undefined;
  let result = out as Halves | Float32Array;
  if (out === undefined) result = isOneNumber ? new Float32Array(1) : newResults(caller, packed, count);
  else checkPackedResults(caller, out, packed, count, name, isPerLane ? "one element per lane" : undefined);
  const target = arrayType(result) === undefined ? bitsOf(result) : (result as Float32Array);
  const isAll = bits.length <= PACKED_TILE;
  const row = operation.code & ELEMENTWISE ? 1 : length;
  const each = isPerLane ? 1 : row;
  const most = Math.max(1, Math.floor(PACKED_TILE / row));
  for (let k = 0; k * row < bits.length; k += most) {
    const some = isAll ? elements : elementsOf(packed, bits.subarray(k * row, (k + most) * row));
    const to = isAll ? target : target.subarray(k * each, (k + most) * each);
    // If any is refused, it is the first.
    if (!backend.runPacked(operation, some as PackedElements, to, length, temperature)) return undefined;
  }
  if (!isOneNumber) return result as FloatArray;
  return packed.format === undefined ? target[0] : roundToHalf(packed.format, target[0]);
}
