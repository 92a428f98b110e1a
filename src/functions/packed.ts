/** Half floats, and integers with a scale, as x of any function: computed as f32, and rounded once. */
import type { Place } from "../arguments/arrays.js";
import { argumentArray, arrayType } from "../arguments/arrays.js";
import { AXIS, SHAPE } from "../arguments/optionNames.js";
import { readOptions } from "../arguments/options.js";
import { checkOut, checkOverlap, checkPackedOut } from "../arguments/out.js";
import { checkPerLane, elementsOf, type Packed, readPacked } from "../arguments/packed.js";
import { bitsOf, PackedOut, packedName } from "../arguments/packedTypes.js";
import { resolve } from "../arguments/shape.js";
import { startOf, stepOf } from "../backend/lanes.js";
import { typedArrayName } from "../describe.js";
import { newOf } from "../dtype.js";
import { type HalfFormat, narrowHalf, roundToHalf, widenElements, widenHalf } from "../math/halfFloats.js";
import type { FloatArray, Layout } from "../types.js";

/** What a function takes. */
interface Arguments {
  readonly caller: string;
  /** The arguments of `call`. x is number `at`, options are the last one, and between them other operands. */
  readonly args: readonly unknown[];
  readonly at: number;
  /** What errors call x, and say of it. */
  readonly name: string;
  readonly place?: Place;
  /** Whether the second operand may hold labels. Integers there are no bits of floats. */
  readonly hasLabels?: boolean;
  /** Whether option scale is λ, and not that of integers. */
  readonly isPinned?: boolean;
  /** Whether x holds probability vectors, whose sums its precision takes further from 1. */
  readonly isSimplex?: boolean;
  /** Whether a single number has the precision of x. Default: true. */
  readonly rounds?: boolean;
}

type Named = { readonly [name: string]: unknown };

/** The options that are operands. */
const OPERANDS = ["weights", "weight", "normalizer", "dy"];

/**
 * What a function returns for an x that `readPackable` took for PACKED: `call`, the function on floats, of the same numbers
 * as f32. Results have the type of x, or are f32 for integers and for an `out` of f32. Other operands are of the type of x, f32
 * or lists.
 */
export function withFloats<R>(call: (...args: never[]) => unknown, given: Arguments): R {
  const { caller, args, at, name, hasLabels = false, isPinned = false } = given;
  const last = args.length - 1;
  const floats = [...args];
  const options = args[last] as Named;
  const packing: { dtype?: unknown; scale?: unknown; zeroPoint?: unknown } = {};
  const others: { [name: string]: unknown } = { out: undefined };
  // With what is inherited, as the functions read it, and each once.
  for (const key in options) {
    const value = options[key];
    if (key === "dtype" || (!isPinned && (key === "scale" || key === "zeroPoint"))) packing[key] = value;
    else others[key] = value;
  }
  const { out } = others;
  const packed = readPacked(caller, args[at], packing, name, given.place);
  const wrapped = wrap(caller, out, packed, name);
  floats[at] = widened(caller, packed, others, name);
  for (let k = at + 1; k < last; k++) floats[k] = operand(caller, args[k], packed.format, hasLabels);
  for (const key of OPERANDS) {
    if (others[key] !== undefined) others[key] = operand(caller, others[key], packed.format, false);
  }
  if (given.isSimplex && packed.format !== undefined) others.tolerance ??= TOLERANCES[packed.format];
  others.out = wrapped;
  floats[last] = others;
  const finish = (result: unknown) => finished(given, packed, out, wrapped, result);
  const result = call(...(floats as never[]));
  return (result instanceof Promise ? result.then(finish) : finish(result)) as R;
}

/** Checks an `out` that takes `count` results of packed elements as it is: theirs, or one of f32. */
export function checkPackedResults(
  caller: string,
  out: unknown,
  packed: Packed,
  count: number,
  name: string,
  reason?: string,
): void {
  const wrapped = wrap(caller, out, packed, name);
  if (wrapped instanceof PackedOut) {
    checkPackedOut(caller, wrapped, count, name, reason);
    return;
  }
  // One of f32 has been compared with x: in the place of x it is not once more, which would take 20 to 40 ns.
  const x = arrayType(out) === Float32Array ? (out as Float32Array) : SINGLE;
  checkOut(caller, out, x, count, name, reason);
}

/** The numbers of x, in `numbers` where that is given. */
export function widened(
  caller: string,
  packed: Packed,
  options: Named,
  name: string,
  numbers = argumentArray(caller, true, packed.bits.length) as Float32Array,
): Float32Array {
  const elements = elementsOf(packed);
  if (elements !== undefined) widenElements(elements, numbers);
  else {
    const { shape, axis } = readOptions(caller, { shape: options.shape, axis: options.axis }, SHAPE | AXIS);
    const integers = packed as Extract<Packed, { format: undefined }>;
    widenLanes(caller, integers, resolve(caller, shape, axis, packed.bits.length, name), numbers);
  }
  return numbers;
}

/** As those of src/arguments/simplex.ts: the square root of the distance from 1 to the next number. */
const TOLERANCES = { f16: 2 ** -5, bf16: 2 ** -3.5 };

const SINGLE = /* @__PURE__ */ new Float32Array(0);

/** Integers with a scale or zero point of each lane. */
function widenLanes(
  caller: string,
  { bits, scale, zeroPoint }: Extract<Packed, { format: undefined }>,
  layout: Layout,
  numbers: Float32Array,
): void {
  const { outer, length, inner, offsets } = layout;
  const lanes = outer * inner;
  checkPerLane(caller, "scale", scale, lanes);
  checkPerLane(caller, "zeroPoint", zeroPoint, lanes);
  for (let lane = 0; lane < lanes; lane++) {
    const factor = Math.fround(typeof scale === "number" ? scale : scale[lane]);
    const zero = typeof zeroPoint === "number" ? zeroPoint : zeroPoint[lane];
    const start = startOf(layout, lane);
    for (let k = 0; k < length; k++) {
      const at = start + stepOf(k, inner, offsets);
      numbers[at] = factor * (bits[at] - zero);
    }
  }
}

/** An operand beside x: half floats as f32, all else as it is. */
function operand(
  caller: string,
  value: unknown,
  format: HalfFormat | undefined,
  mayBeLabels: boolean,
): unknown {
  const name = packedName(value);
  const isHalf = name === "Float16Array";
  if (!isHalf && (name !== "Uint16Array" || mayBeLabels || format === undefined)) return value;
  const bits = bitsOf(value as Uint16Array);
  const numbers = argumentArray(caller, true, bits.length) as Float32Array;
  widenHalf(isHalf ? "f16" : (format as HalfFormat), bits, numbers);
  return numbers;
}

/** An `out` for the function on floats: one of f32 is itself. */
function wrap(caller: string, out: unknown, packed: Packed, xName: string): unknown {
  // The tag is slow: it takes 100 ns.
  if (ArrayBuffer.isView(out) || Object.prototype.toString.call(out) !== "[object Object]")
    return wrapOne(caller, out, packed, xName);
  const { value, sign } = out as { readonly [name: string]: unknown };
  if (packedName(value) !== undefined && packedName(sign) !== undefined) {
    checkOverlap(caller, "out.value", value as Uint8Array, sign as FloatArray, "out.sign", false);
  }
  return Object.fromEntries(
    Object.entries(out as object).map(([key, one]) => [key, wrapOne(caller, one, packed, xName)]),
  );
}

function wrapOne(caller: string, out: unknown, { array, name }: Packed, xName: string): unknown {
  if (out === undefined) return out;
  const type = typedArrayName(out);
  // Of indices.
  if (type === "Int32Array") return out;
  if (type !== "Float32Array") return new PackedOut(out, array, name);
  checkOverlap(caller, xName, array as Uint8Array, out as Float32Array, "out", false);
  return out;
}

/** The result of the function on floats as that of x. */
function finished(
  given: Arguments,
  packed: Packed,
  out: unknown,
  wrapped: unknown,
  result: unknown,
): unknown {
  const { format } = packed;
  if (typeof result === "boolean") return result;
  if (typeof result === "number") {
    return format === undefined || given.rounds === false ? result : roundToHalf(format, result);
  }
  if (wrapped !== undefined) {
    for (const one of wrapped instanceof PackedOut ? [wrapped] : Object.values(wrapped as object)) {
      if (one instanceof PackedOut && one.numbers !== undefined) {
        narrowHalf(format as HalfFormat, one.numbers, bitsOf(one.array as Uint16Array));
      }
    }
    return out;
  }
  if (!ArrayBuffer.isView(result)) {
    const part = (one: unknown) =>
      typeof one === "object" && !ArrayBuffer.isView(one)
        ? one
        : finished(given, packed, undefined, undefined, one);
    return Object.fromEntries(Object.entries(result as object).map(([key, one]) => [key, part(one)]));
  }
  if (format === undefined || arrayType(result) !== Float32Array) return result;
  const halves = newResults(given.caller, packed, (result as Float32Array).length) as Halves;
  narrowHalf(format, result as Float32Array, bitsOf(halves));
  return halves;
}

export type Halves = ArrayBufferView & ArrayLike<number>;
type NewHalves = new (length: number) => Halves;

/** A new array of the class of x, of f32 for integers. */
export function newResults(
  caller: string,
  { name, array, format }: Packed,
  length: number,
): Halves | Float32Array {
  if (format === undefined) return newOf(caller, Float32Array, length);
  const { Float16Array: Native } = globalThis as { Float16Array?: NewHalves };
  const isNative = name === "Uint16Array" || typedArrayName(array) !== undefined;
  const own = isNative ? Native : (array.constructor as NewHalves);
  const ArrayType = name === "Uint16Array" || own === undefined ? Uint16Array : own;
  return newOf(caller, ArrayType, length);
}
