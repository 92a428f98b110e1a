import { describe } from "../describe.js";
import { adviceOn } from "./advice.js";
import { readElements } from "./arrays.js";

/** What is added to logits: to some tokens by their indices, or to every token of a lane. -Infinity makes one impossible. */
export type Bias = ReadonlyMap<number, number> | Float32Array | Float64Array | readonly number[];

/** Tokens, and what is added to their logits. */
export interface Biases {
  readonly tokens: Int32Array;
  readonly values: Float64Array;
}

/** For lanes of `length` tokens. A list must be `settled` before. */
export function readBias(caller: string, bias: unknown, length: number): Biases | undefined {
  if (bias === undefined) return undefined;
  return isMap(bias) ? fromMap(caller, bias, length) : fromArray(caller, bias, length);
}

function isMap(value: unknown): value is ReadonlyMap<unknown, unknown> {
  // By its tag: a Map may come from another realm.
  return Object.prototype.toString.call(value) === "[object Map]";
}

function fromMap(caller: string, bias: ReadonlyMap<unknown, unknown>, length: number): Biases {
  const entries = [...bias];
  const tokens = new Int32Array(entries.length);
  const values = new Float64Array(entries.length);
  for (const [k, [token, value]] of entries.entries()) {
    if (typeof token !== "number") {
      throw new TypeError(`${caller}: the keys of bias must be numbers, got ${describe(token)}`);
    }
    if (!(Number.isInteger(token) && token >= 0 && token < length)) {
      const range = length === 0 ? "absent, as there are no logits" : `integers from 0 to ${length - 1}`;
      throw new RangeError(`${caller}: the keys of bias must be ${range}, got ${token}`);
    }
    tokens[k] = token;
    values[k] = checkValue(caller, `bias.get(${token})`, value);
  }
  return { tokens, values };
}

function fromArray(caller: string, bias: unknown, length: number): Biases {
  if (!Array.isArray(bias) && !ArrayBuffer.isView(bias)) {
    throw new TypeError(
      `${caller}: bias must be a Map from tokens to numbers, or a Float32Array, a Float64Array or a list of numbers, got ${describe(bias)}${adviceOn("bias", bias)}`,
    );
  }
  const values = readElements(caller, bias, "bias", "operand");
  if (values.length !== length) {
    throw new RangeError(
      `${caller}: bias must have length ${length} (as one lane has), got ${describe(bias)}`,
    );
  }
  for (let k = 0; k < length; k++) checkValue(caller, `bias[${k}]`, values[k]);
  return { tokens: Int32Array.from({ length }, (_, k) => k), values: Float64Array.from(values) };
}

function checkValue(caller: string, name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(`${caller}: ${name} must be a number, got ${describe(value)}`);
  }
  if (value < Number.POSITIVE_INFINITY) return value;
  throw new RangeError(`${caller}: ${name} must be finite or -Infinity, got ${value}`);
}
