import { describe, expect, test } from "vitest";
import { createSoftmax, type FloatArray, type Numbers } from "../src/index.js";
import { type StreamPool, softmaxStream } from "../src/stream/stream.js";
import type { Pool } from "../src/threads/caller/pool.js";
import {
  OPERATIONS as CORE,
  type CoreOperation,
  compute,
  describeBackends,
  type Library,
  libraries,
} from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { pool } from "./support/pool.js";
import { fill, random } from "./support/random.js";
import { collect, streamOf } from "./support/streams.js";
import type { ElementType } from "./support/ulp.js";

/** All lengths at which short lanes are computed, and some around where the kernels change their way. */
const DENSE = Array.from({ length: FULL ? 300 : 72 }, (_, k) => k + 1);
const SPARSE = [100, 127, 128, 129, 140, 255, 256, 257, 258, 511, 512, 513, 1025, 2049, 4095, 4100];
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

/** `count` lanes one after another, each of its own kind; made once, as all operations take the same. */
function lanesOf(type: ElementType, length: number, count: number): Lanes {
  const key = `${type} ${length} ${count}`;
  const lanes = made.get(key) ?? makeLanes(type, length, count);
  made.set(key, lanes);
  return lanes;
}

const made = new Map<string, Lanes>();

function makeLanes(type: ElementType, length: number, count: number): Lanes {
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

/** `count` of these, over and over. */
function repeated(lanes: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, k) => lanes[(k * 7) % lanes.length]);
}

/** With each array changed when it is asked for, as an operation takes but some of them. */
function changed(
  lanes: Lanes,
  change: <T extends FloatArray | Uint8Array>(array: T) => T,
  { numbers, labels, layout }: Pick<Lanes, "numbers" | "labels" | "layout">,
): Lanes {
  return {
    get x() {
      return change(lanes.x);
    },
    get y() {
      return change(lanes.y);
    },
    get p() {
      return change(lanes.p);
    },
    get mask() {
      return change(lanes.mask);
    },
    numbers,
    labels,
    layout,
    length: lanes.length,
  };
}

/** Some of the lanes, in this order: one after another. */
function pick(lanes: Lanes, chosen: readonly number[]): Lanes {
  const { length } = lanes;
  const take = <T extends FloatArray | Uint8Array>(array: T): T => {
    const picked = new (array.constructor as new (length: number) => T)(chosen.length * length);
    for (const [k, lane] of chosen.entries()) {
      picked.set(array.subarray(lane * length, (lane + 1) * length), k * length);
    }
    return picked;
  };
  return changed(lanes, take, {
    numbers: chosen.map((lane) => lanes.numbers[lane]),
    labels: chosen.map((lane) => lanes.labels[lane]),
    layout: { shape: [chosen.length, length], axis: 1 },
  });
}

/** The same lanes beside each other. */
function besideEachOther(lanes: Lanes): Lanes {
  const { length, numbers, labels } = lanes;
  const count = labels.length;
  const turn = <T extends FloatArray | Uint8Array>(array: T): T => {
    const turned = new (array.constructor as new (length: number) => T)(array.length);
    for (let lane = 0, from = 0; lane < count; lane++) {
      for (let at = lane; at < turned.length; at += count) turned[at] = array[from++];
    }
    return turned;
  };
  return changed(lanes, turn, { numbers, labels, layout: { shape: [length, count], axis: 0 } });
}

/** The results of `lanes` in one array after the other, [lanes, numbers of each]; or [numbers of each, lanes] if `beside`. */
interface Results {
  readonly arrays: readonly FloatArray[];
  readonly lanes: readonly number[];
  readonly beside: boolean;
}

function resultsOf(
  library: Library,
  operation: Operation,
  all: Lanes,
  lanes: readonly number[],
  beside = false,
): Results {
  const some = pick(all, lanes);
  const results = operation(library, beside ? besideEachOther(some) : some);
  return { arrays: Array.isArray(results) ? results : [results], lanes, beside };
}

/** The lanes of `some` whose results have other bits than in `all`, as a text; NaN is NaN. */
function differences(some: Results, all: Results): string {
  const different = some.lanes.filter((lane, k) =>
    some.arrays.some((array, n) => {
      const other = all.arrays[n];
      const each = array.length / some.lanes.length;
      const [count, whole] = [some.lanes.length, all.lanes.length];
      for (let i = 0; i < each; i++) {
        const value = some.beside ? array[i * count + k] : array[k * each + i];
        const expected = all.beside ? other[i * whole + lane] : other[lane * each + i];
        if (!Object.is(value, expected)) return true;
      }
      return false;
    }),
  );
  return different.join(", ");
}

describeBackends((library) => {
  describe.each(["f32", "f64"] as const)("%s", (type) => {
    test.each(Object.keys(OPERATIONS))("%s: lanes have the same bits alone and among any others", (name) => {
      const operation = OPERATIONS[name];
      const found: string[] = [];
      for (const length of LENGTHS) {
        const all = lanesOf(type, length, length > 140 ? 5 : LANES);
        const order = Array.from(all.labels.keys());
        const others = [...order].reverse().slice(1);
        const rows = resultsOf(library, operation, all, order);
        const columns = length === 1 ? undefined : resultsOf(library, operation, all, order, true);
        const batches = [[0], [length % order.length], others];
        if (length < 40 || length % 5 === 0) batches.push([1], [others[0], 1], others.slice(0, 3));
        // As many as fill several tiles, and the scalar ends of groups.
        if ([3, 10, 42, 100].includes(length))
          for (const count of [64, 300]) batches.push(repeated(order, count));
        for (const lanes of batches) {
          const wrong = differences(resultsOf(library, operation, all, lanes), rows);
          if (wrong !== "") found.push(`${length} elements, of ${lanes.length} rows: ${wrong}`);
          if (columns === undefined || lanes.length === 1) continue;
          const strided = differences(resultsOf(library, operation, all, lanes, true), columns);
          if (strided !== "") found.push(`${length} elements, of ${lanes.length} columns: ${strided}`);
        }
      }
      expect(found).toEqual([]);
    });

    test("logits halfway between steps of ln 2 round the same way alone and among others", () => {
      const next = random(3);
      const temperature = Math.LOG2E / 1.5;
      for (let length = 1; length <= 64; length++) {
        const x = fill(type, length * LANES, () => Math.floor(next() * 60) - 30);
        for (const operation of CORE) {
          const layout = { shape: [LANES, length], temperature };
          const all = Array.from(compute(library, operation, x, layout));
          const alone = Array.from({ length: LANES }, (_, lane) => {
            const row = x.slice(lane * length, (lane + 1) * length) as FloatArray;
            return Array.from(compute(library, operation, row, { shape: [1, length], temperature }));
          });
          expect(alone.flat(), `${operation} of ${length}`).toEqual(all);
        }
      }
    });

    test("rows have the same bits on linear memory", () => {
      const resident = createSoftmax({ backend: library.backend });
      for (const length of [1, 3, 10, 55, 64, 65, 100, 257]) {
        for (const count of [1, 5, 64]) {
          const { x, layout } = lanesOf(type, length, count);
          const [from, to] = [resident.allocate(type, x.length), resident.allocate(type, x.length)];
          from.view.set(x);
          for (const operation of CORE) {
            const out = operation === "logSumExp" ? to.view.subarray(0, count) : to.view;
            const expected = Array.from(compute(library, operation, x, layout));
            expect(Array.from(compute(resident, operation, from.view, { ...layout, out }))).toEqual(expected);
          }
          from.free();
          to.free();
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
      const found: string[] = [];
      for (const [name, some, one] of cases) {
        const all = some(0, x.length);
        const compare = (part: Numbers, from: number, count: number) => {
          let isSame = part.length === count;
          for (let k = 0; isSame && k < count; k++) isSame = Object.is(part[k], all[from + k]);
          if (!isSame) found.push(`${name}: ${count} from ${from} on`);
        };
        for (let k = 0; k < x.length; k++) {
          compare(some(k, k + 1), k, 1);
          if (type === "f64") compare([one(k)], k, 1);
          if (k % 13 === 0) compare(some(k, k + 29), k, Math.min(29, x.length - k));
        }
      }
      expect(found).toEqual([]);
    });

    test("pushes of the same elements add the same, whatever array they come from", () => {
      for (const length of [1, 3, 10, 55, 56, 57, 256, 257, 1025]) {
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

test("a pool gives a lane the same bits, promised or not", async () => {
  const backend = libraries[0].backend;
  await using threads = await pool({ threads: 2, backend });
  for (const type of ["f32", "f64"] as const) {
    for (const length of [1, 3, 10, 55, 64, 65, 100, 257, 4100]) {
      const { x, layout } = lanesOf(type, length, 300);
      for (const name of CORE) {
        const rows = compute(libraries[0], name, x, layout);
        expect(await promised(threads, name, x, layout)).toEqual(rows);
        const each = name === "logSumExp" ? 1 : length;
        for (const lane of [0, 7]) {
          const alone = x.slice(lane * length, (lane + 1) * length) as FloatArray;
          const shape = { shape: [1, length], axis: 1 };
          const expected = rows.slice(lane * each, (lane + 1) * each);
          expect(await promised(threads, name, alone, shape)).toEqual(expected);
        }
      }
    }
  }
});

function promised(threads: Pool, name: CoreOperation, x: FloatArray, layout: Lanes["layout"]) {
  if (name === "logSumExp") return threads.logSumExp(x, layout);
  return (name === "softmax" ? threads.softmax : threads.logSoftmax)(x, layout);
}
