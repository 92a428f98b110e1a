import { normal, uniform } from "../examples/random.js";
import type { FloatArray } from "../src/index.js";

/** Lanes of `length` elements, `inner` apart, in `outer` slices. */
export interface Layout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** The three that the tables of all shapes are about. */
export type CoreOperation = "softmax" | "logSoftmax" | "logSumExp";

export type ElementType = "f32" | "f64";
export type Spread = "narrow" | "wide" | "subnormal";

export interface Workload {
  readonly operation: CoreOperation;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly axis: number;
  readonly spread: Spread;
}

export interface Data {
  readonly x: FloatArray;
  readonly out: FloatArray;
  readonly layout: Layout;
}

export const seed = 2026;

export function createData({ operation, type, shape, axis, spread }: Workload): Data {
  const layout = {
    outer: product(shape.slice(0, axis)),
    length: shape[axis],
    inner: product(shape.slice(axis + 1)),
  };
  const x = createArray(type, product(shape));
  const next = logits[spread](type);
  for (let i = 0; i < x.length; i++) x[i] = next(i % layout.length);
  return {
    x,
    out: createArray(type, operation === "logSumExp" ? layout.outer * layout.inner : x.length),
    layout,
  };
}

export function createArray(type: ElementType, length: number): FloatArray {
  return type === "f32" ? new Float32Array(length) : new Float64Array(length);
}

/** Between these exponents results are subnormal; below the second they are zero. */
const underflow = { f32: [-88, -103], f64: [-709, -745] } as const;

/**
 * narrow: N(0, 5²); no result is subnormal. wide: even from 0 down to where results become zero, so that every
 * second f32 vector has a subnormal lane. subnormal: every result but the first of a row is subnormal.
 */
const logits: Record<Spread, (type: ElementType) => (position: number) => number> = {
  narrow() {
    const random = normal(seed);
    return () => 5 * random();
  },
  wide(type) {
    const random = uniform(seed);
    return () => underflow[type][1] * random();
  },
  subnormal(type) {
    const random = uniform(seed);
    const [first, last] = underflow[type];
    return (position) => (position === 0 ? 0 : first + (last - first) * random());
  },
};

function product(factors: readonly number[]): number {
  return factors.reduce((result, factor) => result * factor, 1);
}
