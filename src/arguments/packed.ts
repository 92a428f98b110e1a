import { describe, typedArrayName } from "../describe.js";
import type { HalfFormat } from "../math/halfFloats.js";
import type { FloatArray, PackedElements } from "../types.js";
import { checkMemory, type Place, readNumbers, wrongElements } from "./arrays.js";
import { bitsOf, isQuantized, type PackedName, packedName } from "./packedTypes.js";

/** What the bits of a Uint16Array are. */
export type HalfType = "float16" | "bfloat16";

/** What the elements of an array of 16 or 8 bits each are. */
export type Packed =
  | {
      readonly name: "Float16Array" | "Uint16Array";
      readonly array: ArrayBufferView;
      readonly bits: Uint16Array;
      readonly format: HalfFormat;
    }
  | {
      readonly name: "Int8Array" | "Uint8Array";
      readonly array: ArrayBufferView;
      readonly bits: Int8Array | Uint8Array;
      readonly format: undefined;
      /** A number is scale · (integer - zeroPoint). Either is one for all, or one for each lane. */
      readonly scale: number | FloatArray;
      readonly zeroPoint: number | FloatArray;
    };

type Named = { readonly [name: string]: unknown };

/** The packed array that `readPackable` has found, with what the options say of it. */
export function readPacked(caller: string, x: unknown, options: Named, name: string, place?: Place): Packed {
  const array = x as ArrayBufferView & ArrayLike<number>;
  const type = packedName(x) as PackedName;
  // A polyfill's are not detached: see packedTypes.ts.
  if (typedArrayName(x) !== undefined) checkMemory(caller, name, array as Uint8Array);
  if (type === "Float16Array" || type === "Uint16Array") {
    const format = readFormat(caller, options.dtype, type);
    if (format === undefined) throw wrongElements(caller, x, name, place);
    return { name: type, array, bits: array.length === 0 ? new Uint16Array(0) : bitsOf(array), format };
  }
  if (!isQuantized(options)) throw wrongElements(caller, x, name, place);
  return {
    name: type,
    array,
    bits: x as Uint8Array,
    format: undefined,
    scale: readFactor(caller, options.scale),
    zeroPoint: readZeroPoint(caller, options.zeroPoint ?? 0, type),
  };
}

function readFormat(caller: string, dtype: unknown, type: PackedName): HalfFormat | undefined {
  if (dtype === undefined) return type === "Float16Array" ? "f16" : undefined;
  const isHalf = type === "Float16Array";
  if (dtype === "float16") return "f16";
  if (dtype === "bfloat16" && !isHalf) return "bf16";
  const message = `${caller}: dtype must be "float16"${isHalf ? " of a Float16Array" : ' or "bfloat16"'}, got ${describe(dtype)}`;
  throw typeof dtype === "string" ? new RangeError(message) : new TypeError(message);
}

/** The scale of integers, rounded to f32: normal positive numbers. */
function readFactor(caller: string, value: unknown): number | FloatArray {
  if (typeof value === "number" && isFactor(value)) return value;
  return readEach(caller, "scale", value, "a positive number of single precision", isFactor);
}

function isFactor(scale: number): boolean {
  const factor = Math.fround(scale);
  return factor >= 2 ** -126 && factor < Number.POSITIVE_INFINITY;
}

function readZeroPoint(caller: string, value: unknown, type: PackedName): number | FloatArray {
  const least = type === "Int8Array" ? -128 : 0;
  if (typeof value === "number" && isZeroPoint(value, least)) return value;
  return readEach(caller, "zeroPoint", value, `an integer from ${least} to ${least + 255}`, (point) =>
    isZeroPoint(point, least),
  );
}

function isZeroPoint(point: number, least: number): boolean {
  return Number.isInteger(point) && point >= least && point <= least + 255;
}

/** One for each lane, in an array of floats or of integers, or in a list. A single number here is a wrong one. */
function readEach(
  caller: string,
  name: string,
  value: unknown,
  expected: string,
  isRight: (number: number) => boolean,
): FloatArray {
  if (typeof value === "number") throw new RangeError(`${caller}: ${name} must be ${expected}, got ${value}`);
  const isBytes = packedName(value) === "Uint8Array";
  const numbers = isBytes
    ? Float64Array.from(value as Uint8Array)
    : readNumbers(caller, value, name, "elements");
  const wrong = numbers.findIndex((number) => !isRight(number));
  if (wrong < 0) return numbers;
  throw new RangeError(`${caller}: ${name}[${wrong}] must be ${expected}, got ${numbers[wrong]}`);
}

/** Throws a RangeError unless there is one number, or one for each lane. */
export function checkPerLane(caller: string, name: string, value: number | FloatArray, lanes: number): void {
  if (typeof value === "number" || value.length === lanes) return;
  throw new RangeError(
    `${caller}: ${name} must be one number or have length ${lanes} (one number per lane), got ${describe(value)}`,
  );
}

/** What it is to a backend, or a part of it. Undefined where lanes have scales of their own. */
export function elementsOf(packed: Packed, bits = packed.bits): PackedElements | undefined {
  if (packed.format !== undefined) return { bits, format: packed.format, scale: 1, zeroPoint: 0 };
  const { scale, zeroPoint, name } = packed;
  if (typeof scale !== "number" || typeof zeroPoint !== "number") return undefined;
  return { bits, format: name === "Int8Array" ? "i8" : "u8", scale, zeroPoint };
}
