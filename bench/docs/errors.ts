/** The largest errors of softmax, ours and the usual kernels', beside double-double arithmetic. */
import { normal } from "../../examples/random.js";
import { createSoftmax, type FloatArray } from "../../src/index.js";
import { laneReference } from "../../test/support/reference.js";
import { worstError } from "../../test/support/ulp.js";
import { maximum, naive } from "../naive.js";
import { createArray, type ElementType, seed } from "../workload.js";

/** By how many logits there are, of standard deviation 5, or by the standard deviation of 1,024. */
export interface Errors {
  readonly type: ElementType;
  readonly by: "length" | "spread";
  readonly rows: readonly Row[];
}

/** Ulp by kernel, at a length or a spread. */
export interface Row {
  readonly at: number;
  readonly ulp: Readonly<Record<string, number>>;
}

export const LENGTHS = [3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000];
export const SPREADS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 40, 80];
const SPREAD = 5;
const LENGTH = 1024;
/** So many logits, or more, are looked at for each row. */
const ENOUGH = 32_768;

const kernels: Readonly<Record<string, (x: FloatArray) => FloatArray>> = {
  simd: createSoftmax({ backend: "simd" }).softmax,
  js: createSoftmax({ backend: "js" }).softmax,
  loop: (x) => naive.softmax(x, new (x.constructor as Float32ArrayConstructor)(x.length), vector(x.length)),
  single,
};

export function errors(type: ElementType, by: Errors["by"], at?: readonly number[]): Errors {
  const places = at ?? (by === "length" ? LENGTHS : SPREADS);
  const rows = places.map((place) => ({
    at: place,
    ulp: by === "length" ? worst(type, place, SPREAD) : worst(type, LENGTH, place),
  }));
  return { type, by, rows };
}

function worst(type: ElementType, length: number, spread: number): Record<string, number> {
  const random = normal(seed);
  const names = Object.keys(kernels).filter((name) => type === "f32" || name !== "single");
  const largest = Object.fromEntries(names.map((name) => [name, 0]));
  for (let seen = 0; seen < ENOUGH; seen += length) {
    const x = createArray(type, length);
    for (let i = 0; i < length; i++) x[i] = spread * random();
    const { softmax } = laneReference(x);
    for (const name of names) {
      const { ulp } = worstError(kernels[name](x), softmax, type);
      largest[name] = Math.max(largest[name], Number(ulp.toPrecision(3)));
    }
  }
  return largest;
}

/** The usual kernel of libraries that compute in single precision: every step is rounded to it. */
function single(x: FloatArray): FloatArray {
  const max = maximum(x, 0, x.length, 1);
  const out = new Float32Array(x.length);
  let sum = 0;
  for (let k = 0; k < x.length; k++) {
    out[k] = Math.exp(Math.fround(x[k] - max));
    sum = Math.fround(sum + out[k]);
  }
  for (let k = 0; k < x.length; k++) out[k] /= sum;
  return out;
}

function vector(length: number) {
  return { outer: 1, length, inner: 1 };
}
