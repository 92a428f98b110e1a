import { describe, typedArrayName } from "../describe.js";
import type { FloatArray } from "../types.js";
import { adviceOn } from "./advice.js";
import { arrayType, checkMemory } from "./arrays.js";
import { packedName } from "./packedTypes.js";

/** Tokens, each by its index in the vocabulary. */
export type Tokens =
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | BigInt64Array
  | readonly (number | bigint)[];

const INTEGERS = /^(Ui|I)nt(16|32)Array$|^BigInt64Array$/;

/** The last `count` tokens of a vocabulary of `size`. A list must be `settled` before. */
export function readTokens(caller: string, tokens: unknown, size: number, count: number): Float64Array {
  const isList = Array.isArray(tokens);
  if (!isList && !INTEGERS.test(typedArrayName(tokens) ?? "")) {
    throw new TypeError(
      `${caller}: tokens must be an Int32Array, a BigInt64Array or a list of integers, got ${describe(tokens)}`,
    );
  }
  if (!isList) checkMemory(caller, "tokens", tokens as Int32Array);
  const all = tokens as ArrayLike<unknown>;
  const first = Math.max(0, all.length - count);
  const read = new Float64Array(all.length - first);
  for (let k = 0; k < read.length; k++) {
    const token = all[first + k];
    if (typeof token !== "number" && typeof token !== "bigint") {
      throw new TypeError(`${caller}: tokens[${first + k}] must be an integer, got ${describe(token)}`);
    }
    const index = Number(token);
    if (!(Number.isInteger(index) && index >= 0 && index < size)) {
      const range = size === 0 ? "absent, as there are no logits" : `an integer from 0 to ${size - 1}`;
      throw new RangeError(`${caller}: tokens[${first + k}] must be ${range}, got ${token}`);
    }
    read[k] = index;
  }
  return read;
}

/** An array that is overwritten, so it cannot be a list. */
export function readOverwritten(caller: string, x: unknown, name: string): FloatArray {
  if (arrayType(x) === undefined) {
    const advice = adviceOn(name, x, { isOut: packedName(x) === undefined });
    throw new TypeError(
      `${caller}: ${name} must be a Float32Array or a Float64Array, as they are overwritten, got ${describe(x)}${advice}`,
    );
  }
  checkMemory(caller, name, x as FloatArray);
  return x as FloatArray;
}

/** A penalty, within these bounds. */
export function readPenalty(
  caller: string,
  name: string,
  value: unknown,
  least: number,
  most: number,
): number {
  if (typeof value !== "number") {
    throw new TypeError(`${caller}: ${name} must be a number, got ${describe(value)}`);
  }
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${caller}: ${name} must be between ${least} and ${most}, got ${value}`);
  }
  return value;
}

/** How many of the last tokens count. */
export function readWindow(caller: string, window: unknown): number {
  if (typeof window !== "number") {
    throw new TypeError(`${caller}: window must be a number of tokens, got ${describe(window)}`);
  }
  if (!(window >= 0 && (Number.isInteger(window) || window === Number.POSITIVE_INFINITY))) {
    throw new RangeError(`${caller}: window must be a non-negative integer, got ${window}`);
  }
  return window;
}
