/** Half floats, and integers with a scale, as the logits of functions that take nothing else: for backends that widen them. */
import { PER_LANE } from "../../assembly/abi.js";
import { arrayType, type Place } from "../arguments/arrays.js";
import { NO_OPTIONS, type Settings } from "../arguments/options.js";
import { type Packed, readPacked } from "../arguments/packed.js";
import { bitsOf } from "../arguments/packedTypes.js";
import { resolve } from "../arguments/shape.js";
import type { Backend, ElementOperation, LaneOperation } from "../backend/backend.js";
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
  if (!backend.runPacked(operation, elements, target, length, temperature)) return undefined;
  if (!isOneNumber) return result as FloatArray;
  return packed.format === undefined ? target[0] : roundToHalf(packed.format, target[0]);
}

/** For a backend: undefined where lanes have scales of their own. */
function elementsOf(packed: Packed): PackedElements | undefined {
  const { bits } = packed;
  if (packed.format !== undefined) return { bits, format: packed.format, scale: 1, zeroPoint: 0 };
  const { scale, zeroPoint, name } = packed;
  if (typeof scale !== "number" || typeof zeroPoint !== "number") return undefined;
  return { bits, format: name === "Int8Array" ? "i8" : "u8", scale, zeroPoint };
}
