import { test } from "vitest";
import type { FloatArray, Functions } from "../src/index.js";
import type { Pool } from "../src/threads/index.js";
import { describeBackends } from "./support/backends.js";
import { pool } from "./support/pool.js";
import { uniform } from "./support/random.js";
import { expectSame } from "./support/same.js";

const CLASSES = 5;
const IGNORED = -100;

/** So many numbers are borrowed from short memory, kept memory, and memory too long to be kept. */
const COUNTS = [20, 1000, 300, 50_000, 100];

interface Lanes {
  readonly shape: readonly [count: number, classes: number];
  readonly x: FloatArray;
  readonly weights: FloatArray;
  /** One for each lane. */
  readonly numbers: FloatArray;
  readonly labels: Int32Array;
}

function lanes(count: number, seed: number): Lanes {
  const x = uniform("f32", count * CLASSES, -9, 9, seed);
  const labels = Int32Array.from({ length: count }, (_, k) => (k % 3 === seed % 3 ? IGNORED : k % CLASSES));
  // Nobody is to see it.
  labels.forEach((label, k) => {
    if (label === IGNORED) x[k * CLASSES] = Number.NaN;
  });
  return {
    shape: [count, CLASSES],
    x,
    weights: uniform("f32", count * CLASSES, -1, 2, seed + 1),
    numbers: uniform("f32", count, 1, 3, seed + 2),
    labels,
  };
}

/** Some lanes of these. */
function part({ x, weights, numbers, labels }: Lanes, from: number, to: number): Lanes {
  return {
    shape: [to - from, CLASSES],
    x: x.slice(from * CLASSES, to * CLASSES),
    weights: weights.slice(from * CLASSES, to * CLASSES),
    numbers: numbers.slice(from, to),
    labels: labels.slice(from, to),
  };
}

type Call = (on: Functions | Pool, lanes: Lanes) => FloatArray | Promise<FloatArray>;

/** The calls that borrow memory for numbers of their lanes, all of them independent of other lanes. */
const CALLS: { readonly [name: string]: Call } = {
  weights: ({ logSumExp }, { x, shape, weights }) => logSumExp(x, { shape, weights }),
  normalizer: ({ softmax }, { x, shape, numbers }) => softmax(x, { shape, normalizer: numbers }),
  logNormalizer: ({ logSoftmax }, { x, shape, numbers }) => logSoftmax(x, { shape, normalizer: numbers }),
  logSumExpVjp: ({ logSumExpVjp }, { x, shape, numbers }) => logSumExpVjp(x, numbers, { shape }),
  alr: ({ alr }, { x, shape }) => alr(x.map(Math.abs), { shape, validate: false }),
  losses: ({ crossEntropy }, { x, shape, labels }) => crossEntropy(x, labels, { shape, reduction: "none" }),
  gradient: ({ crossEntropyGrad }, { x, shape, labels }) =>
    crossEntropyGrad(x, labels, { shape, reduction: "none" }),
  smoothGradient: ({ crossEntropyGrad }, { x, shape, labels }) =>
    crossEntropyGrad(x, labels, { shape, reduction: "none", labelSmoothing: 0.1 }),
};

describeBackends((library) => {
  test("a lane has the same bits in memory that other calls have used", () => {
    const data = COUNTS.map((count, k) => lanes(count, k));
    const all = data.map((each) => Object.values(CALLS).map((call) => call(library, each) as FloatArray));
    data.forEach((each, k) => {
      Object.values(CALLS).forEach((call, c) => {
        const result = all[k][c];
        const width = result.length / each.shape[0];
        for (const lane of [0, 1, 2, each.shape[0] - 1]) {
          const alone = call(library, part(each, lane, lane + 1)) as FloatArray;
          expectSame(result.slice(lane * width, (lane + 1) * width), alone);
        }
      });
    });
  });

  test("calls that are pending at once have memory of their own", async () => {
    const two = await pool({ backend: library.backend, threads: 2 });
    const data = [0, 1, 2].map((seed) => lanes(20_000, seed));
    for (const call of Object.values(CALLS)) {
      const results = await Promise.all(data.map((each) => call(two, each)));
      results.forEach((result, k) => {
        expectSame(result, call(library, data[k]) as FloatArray);
      });
    }
    await two.close();
  });
});
