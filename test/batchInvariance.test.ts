import { describe, expect, test } from "vitest";
import type { FloatArray, Numbers } from "../src/index.js";
import { type StreamPool, softmaxStream } from "../src/stream/stream.js";
import { OPERATIONS as CORE, compute, describeBackends, type Library } from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { fill, random } from "./support/random.js";
import { collect, streamOf } from "./support/streams.js";
import type { ElementType } from "./support/ulp.js";

/** Every length at full extent, and lengths at which the kernels change their way. */
const DENSE = Array.from({ length: 300 }, (_, k) => k + 1).filter((length) => FULL || length <= 18);
const SPARSE = [31, 32, 33, 56, 65, 100, 127, 255, 256, 257, 511, 512, 513, 1025, 4095, 4100];
const LENGTHS = [...DENSE, ...SPARSE, ...(FULL ? [65_536, 65_537] : [])];
/** Lanes beside each other: not in whole vectors of either type, nor in whole groups of them. */
const LANES = 11;

/** Lanes one after another, or beside each other. What comes with a lane is here by lane too. */
interface Lanes {
  readonly x: FloatArray;
  /** Of any sign. */
  readonly y: FloatArray;
  /** From 0 to 1. */
  readonly p: FloatArray;
  readonly mask: Uint8Array;
  readonly numbers: number[];
  readonly labels: number[];
  readonly layout: { readonly shape: readonly number[]; readonly axis: number };
  readonly length: number;
}

type Operation = (library: Library, lanes: Lanes) => FloatArray | readonly FloatArray[];

/** Each on lanes that take different ways: sums that one term dominates, tiny results, infinities, normalizers far below. */
const OPERATIONS: { readonly [name: string]: Operation } = {
  softmax: (library, { x, layout }) => library.softmax(x, layout),
  "softmax, tempered": (library, { x, layout }) => library.softmax(x, { ...layout, temperature: 0.7 }),
  "softmax, masked": (library, { x, layout, mask }) => library.softmax(x, { ...layout, mask }),
  "softmax, normalized": (library, { x, layout, numbers, mask }) => [
    library.softmax(x, { ...layout, normalizer: numbers }),
    library.softmax(x, { ...layout, normalizer: numbers, mask, temperature: 3 }),
  ],
  logSoftmax: (library, { x, layout }) => library.logSoftmax(x, layout),
  "logSoftmax, normalized": (library, { x, layout, numbers }) =>
    library.logSoftmax(x, { ...layout, normalizer: numbers }),
  logSumExp: (library, { x, layout }) => library.logSumExp(x, layout),
  "logSumExp, masked": (library, { x, layout, mask }) => library.logSumExp(x, { ...layout, mask }),
  "logSumExp, weighted": (library, { x, y, layout }) => {
    const { value, sign } = library.logSumExpSigned(x, { ...layout, weights: y });
    return [value, sign];
  },
  entropy: (library, { x, layout }) => library.entropy(x, layout),
  softmaxVjp: (library, { p, y, layout }) => library.softmaxVjp(p, y, layout),
  logSoftmaxVjp: (library, { x, y, layout }) => library.logSoftmaxVjp(x, y, layout),
  logSumExpVjp: (library, { x, numbers, layout }) => library.logSumExpVjp(x, numbers, layout),
  crossEntropy: (library, { x, labels, layout }) =>
    library.crossEntropy(x, labels, { ...layout, reduction: "none" }),
  crossEntropyGrad: (library, { x, p, labels, layout, numbers: dy, mask }) => [
    library.crossEntropyGrad(x, labels, { ...layout, reduction: "none", dy }),
    library.crossEntropyGrad(x, labels, { ...layout, reduction: "sum", labelSmoothing: 0.1 }),
    library.crossEntropyGrad(x, p, { ...layout, reduction: "none", dy, mask }),
  ],
  alr: (library, { p, layout }) => library.alr(p, { ...layout, validate: false }),
  alrInverse: (library, { x, layout }) => library.alrInverse(x, layout),
  clr: (library, { p, layout }) => library.clr(p, { ...layout, validate: false }),
  clrInverse: (library, { x, layout }) => library.clrInverse(x, layout),
};

/** `count` lanes one after another, each of its own kind. */
function lanesOf(type: ElementType, length: number, count: number): Lanes {
  const next = random(length);
  const scales = [1, 12, 60, 200, 700, 3000, 0.01];
  const x = fill(type, length * count, (k) => {
    const lane = Math.floor(k / length);
    const value = (next() - 0.5) * scales[lane % scales.length];
    if (k % length === length >> 1) {
      if (lane % 5 === 1) return value + 40; // dominates
      if (lane % 11 === 6) return lane % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
    }
    return lane % 11 === 8 && next() < 0.5 ? Number.NEGATIVE_INFINITY : value;
  });
  return {
    x,
    y: fill(type, x.length, () => next() - 0.4),
    p: fill(type, x.length, (k) => (k % 10 === 7 ? next() * 1e-30 : next())),
    mask: Uint8Array.from({ length: x.length }, () => Number(next() < 0.7)),
    numbers: Array.from({ length: count }, (_, lane) => (lane % 4 === 2 ? -500 : 5 * next() + 1)),
    labels: Array.from({ length: count }, () => Math.floor(next() * length)),
    layout: { shape: [count, length], axis: 1 },
    length,
  };
}

/** Some of the lanes, in this order: one after another. */
function some(lanes: Lanes, chosen: readonly number[]): Lanes {
  const { length } = lanes;
  const pick = <T extends FloatArray | Uint8Array>(array: T): T => {
    const picked = new (array.constructor as new (length: number) => T)(chosen.length * length);
    for (const [k, lane] of chosen.entries()) {
      picked.set(array.subarray(lane * length, (lane + 1) * length), k * length);
    }
    return picked;
  };
  return {
    x: pick(lanes.x),
    y: pick(lanes.y),
    p: pick(lanes.p),
    mask: pick(lanes.mask),
    numbers: chosen.map((lane) => lanes.numbers[lane]),
    labels: chosen.map((lane) => lanes.labels[lane]),
    layout: { shape: [chosen.length, length], axis: 1 },
    length,
  };
}

/** The same lanes beside each other. */
function besideEachOther(lanes: Lanes): Lanes {
  const { length } = lanes;
  const count = lanes.labels.length;
  const turn = <T extends FloatArray | Uint8Array>(array: T): T => {
    const turned = array.slice() as T;
    for (let k = 0; k < array.length; k++) turned[(k % length) * count + Math.floor(k / length)] = array[k];
    return turned;
  };
  return {
    ...lanes,
    x: turn(lanes.x),
    y: turn(lanes.y),
    p: turn(lanes.p),
    mask: turn(lanes.mask),
    layout: { shape: [length, count], axis: 0 },
  };
}

/** The bits of the results of each lane; NaN is NaN. */
function byLane(results: FloatArray | readonly FloatArray[], count: number, beside: boolean): string[] {
  const arrays = Array.isArray(results) ? (results as readonly FloatArray[]) : [results as FloatArray];
  return Array.from({ length: count }, (_, lane) =>
    arrays
      .map((array) => {
        const each = array.length / count;
        const at = (k: number) => (beside ? k * count + lane : lane * each + k);
        return Array.from({ length: each }, (_, k) => (Object.is(array[at(k)], -0) ? "-0" : array[at(k)]));
      })
      .join(";"),
  );
}

describeBackends((library) => {
  describe.each(["f32", "f64"] as const)("%s", (type) => {
    test.each(Object.keys(OPERATIONS))("%s: lanes have the same bits alone and among any others", (name) => {
      const operation = OPERATIONS[name];
      for (const length of LENGTHS) {
        const count = length > 60 ? 5 : LANES;
        const all = lanesOf(type, length, count);
        const computed = (chosen: readonly number[], beside: boolean): string[] => {
          const lanes = some(all, chosen);
          return byLane(operation(library, beside ? besideEachOther(lanes) : lanes), chosen.length, beside);
        };
        const order = Array.from(all.labels.keys());
        const rows = computed(order, false);
        for (const lane of [0, 1, length % count, count - 1]) {
          expect(computed([lane], false), `${length} elements, row ${lane}`).toEqual([rows[lane]]);
        }
        const others = [...order].reverse().slice(1);
        const moved = others.map((lane) => rows[lane]);
        expect(computed(others, false), `${length} elements, other rows`).toEqual(moved);
        if (length === 1) continue;
        const columns = computed(order, true);
        for (const chosen of [others, [length % count, 0], [...order, ...others, ...order]]) {
          const expected = chosen.map((lane) => columns[lane]);
          expect(computed(chosen, true), `${length} elements, ${chosen.length} columns`).toEqual(expected);
        }
      }
    });

    test("elements have the same bits alone, as a number, and among any others", () => {
      const x = lanesOf(type, 331, 5).x;
      const y = x.slice().reverse() as FloatArray;
      const p = x.map((value) => Math.abs(value) % 1);
      const cases: [string, (k: number, end: number) => Numbers, (k: number) => number][] = [
        ["sigmoid", (k, end) => library.sigmoid(x.subarray(k, end)), (k) => library.sigmoid(x[k])],
        ["logSigmoid", (k, end) => library.logSigmoid(x.subarray(k, end)), (k) => library.logSigmoid(x[k])],
        ["softplus", (k, end) => library.softplus(x.subarray(k, end)), (k) => library.softplus(x[k])],
        ["logit", (k, end) => library.logit(p.subarray(k, end)), (k) => library.logit(p[k])],
        [
          "logAddExp",
          (k, end) => library.logAddExp(x.subarray(k, end), y.subarray(k, end)),
          (k) => library.logAddExp(x[k], y[k]),
        ],
        [
          "logDiffExp",
          (k, end) => library.logDiffExp(x.subarray(k, end), y.subarray(k, end)),
          (k) => library.logDiffExp(x[k], y[k]),
        ],
      ];
      for (const [name, some, one] of cases) {
        const all = Array.from(some(0, x.length));
        for (let k = 0; k < x.length; k++) {
          expect(Array.from(some(k, k + 1)), name).toEqual([all[k]]);
          if (type === "f64") expect(one(k), name).toBe(all[k]);
          if (k % 13 === 0) expect(Array.from(some(k, k + 29)), name).toEqual(all.slice(k, k + 29));
        }
      }
    });

    test("pushes of the same elements add the same, whatever array they come from", () => {
      for (const length of LENGTHS) {
        const { x } = lanesOf(type, length, 5);
        for (let lane = 0; lane < 5; lane++) {
          const [from, to] = [lane * length, (lane + 1) * length];
          const { LogSumExp } = library;
          const alone = new LogSumExp().push(x.slice(from, to) as FloatArray);
          expect(new LogSumExp().push(x.subarray(from, to)).toJSON()).toEqual(alone.toJSON());
          const mask = new Uint8Array(x.length).fill(1, from, to);
          expect(new LogSumExp().push(x, { mask }).toJSON()).toEqual(alone.toJSON());
        }
      }
    });

    test.each([1, 3, 10, 57, 256, 257])("rows of %d in a stream", async (length) => {
      const count = 41;
      const { x } = lanesOf(type, length, count);
      const pool: StreamPool = {
        softmax: async (batch, options) => library.softmax(batch, options),
        logSoftmax: async (batch, options) => library.logSoftmax(batch, options),
        logSumExp: async (batch, options) => library.logSumExp(batch, options),
      };
      const each = Array.from({ length: count }, (_, row) => x.slice(row * length, (row + 1) * length));
      for (const op of CORE) {
        const expected = each.flatMap((row) =>
          Array.from(compute(library, op, row as FloatArray, { shape: [1, length] })),
        );
        for (const rows of [1, 2, 7, 40]) {
          const options = { length, rows, op, type, pool } as const;
          const stream = streamOf([x.subarray(0, 5), x.subarray(5)]).pipeThrough(
            softmaxStream(options) as ReadableWritablePair<FloatArray, unknown>,
          );
          const results = (await collect(stream)).flatMap((chunk) => Array.from(chunk));
          expect(results, `${op} by ${rows}`).toEqual(expected);
        }
      }
    });
  });
});
