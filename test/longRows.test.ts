import { afterAll, describe, expect, test } from "vitest";
import { backends, compute, describeBackends, libraries, OPERATIONS } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { FULL } from "./support/extent.js";
import { fill, type floatArray, normal, uniform } from "./support/random.js";
import { type LaneReference, laneReference } from "./support/reference.js";
import { expectSame } from "./support/same.js";
import { type ElementType, ulp, ulpError, worstError } from "./support/ulp.js";

// Rows of more than 65536 elements are computed in chunks of 16384 or more: assembly/longLane.ts.
const LENGTHS = FULL ? [65537, 262144] : [70_003];
const LONGEST = FULL ? [1_000_000, 1_000_003] : [];

interface Case {
  readonly name: string;
  readonly row: (type: ElementType, length: number) => ReturnType<typeof floatArray>;
  readonly temperature?: number;
  readonly lengths?: readonly number[];
}

/** One logit at `at` and the others so far below that their terms, relative to its own, are below 2^-bits. */
const dominated = (bits: number, at: (length: number) => number): Case["row"] => {
  const distance = bits * Math.LN2;
  return (type, length) => {
    const row = uniform(type, length, 3 - distance - 8, 3 - distance, bits);
    row[at(length)] = 3;
    return row;
  };
};
const ramp =
  (from: number, to: number): Case["row"] =>
  (type, length) =>
    fill(type, length, (i) => from + ((to - from) * i) / (length - 1));

const cases: Case[] = [
  {
    name: "equal logits",
    row: (type, length) => fill(type, length, () => 0.1),
    lengths: FULL ? [...LENGTHS, ...LONGEST] : [1_000_000],
  },
  {
    name: "spread over ±80",
    row: (type, length) => uniform(type, length, -80, 80, 1),
    lengths: [...LENGTHS, ...LONGEST],
  },
  { name: "normal, temperature 0.5", row: (type, length) => normal(type, length, 3, 2), temperature: 0.5 },
  { name: "normal, temperature 3", row: (type, length) => normal(type, length, 30, 3), temperature: 3 },
  { name: "others below 2^-30 of the first", row: dominated(30, () => 0) },
  { name: "others below 2^-30 of the last", row: dominated(30, (length) => length - 1) },
  {
    name: "others below 2^-60 of one in the middle",
    row: dominated(60, (length) => length >> 1),
    lengths: FULL ? [...LENGTHS, 1_000_003] : [262_147],
  },
  { name: "others below 2^-100 of one before the last", row: dominated(100, (length) => length - 2) },
  { name: "others below 2^-100 of the first", row: dominated(100, () => 0), temperature: 1 },
  {
    name: "others below 2^-60, in the chunk of the dominating one 2^-100",
    row: (type, length) => {
      const row = dominated(60, () => 0)(type, length);
      return row.map((x, i) => (i > 0 && i < 16384 ? x - 40 * Math.LN2 : x));
    },
  },
  { name: "ascending over 30", row: ramp(-29, 1) },
  { name: "descending over 30", row: ramp(1, -29) },
  { name: "ascending over 20000", row: ramp(-19999, 1) },
  { name: "descending over 20000", row: ramp(1, -19999) },
  { name: "near 1e4", row: (type, length) => normal(type, length, 3, 4, 1e4), lengths: [65537] },
  { name: "near -1e4", row: (type, length) => normal(type, length, 200, 5, -1e4), lengths: [65537] },
  { name: "near 3e38", row: (type, length) => normal(type, length, 1e31, 6, 3e38), lengths: [65537] },
  { name: "near -3e38", row: (type, length) => normal(type, length, 1e31, 7, -3e38), lengths: [65537] },
  { name: "between ±3e38", row: (type, length) => uniform(type, length, -3e38, 3e38, 8), lengths: [65537] },
];

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describe.each(cases)("$name", ({ row, temperature, lengths = LENGTHS }) => {
    describe.each(lengths)("%d", (length) => {
      let shared: { x: ReturnType<typeof row>; reference: LaneReference } | undefined;
      const given = () => {
        if (shared === undefined) {
          const x = row(type, length);
          shared = { x, reference: laneReference(x, temperature) };
        }
        return shared;
      };
      afterAll(() => {
        shared = undefined;
      });

      test.each(libraries.map((library, k) => [backends[k], library] as const))("%s", (backend, library) => {
        const { x, reference } = given();
        for (const operation of ["softmax", "logSoftmax"] as const) {
          const result = library[operation](x, { temperature });
          const { ulp: worst, index } = worstError(result, reference[operation], type);
          expect(worst, `${operation} at ${index}`).toBeLessThanOrEqual(
            bound(operation, type, backend, temperature),
          );
          const inPlace = x.slice();
          expectSame(library[operation](inPlace, { temperature, out: inPlace }), result);
        }
        const sum = library.logSumExp(x, { shape: [length], temperature });
        const { logSumExp, cancelled } = reference;
        const conditioning = cancelled === 0 ? 1 : 1 + ulp(cancelled, type) / ulp(logSumExp.high, type);
        expect(ulpError(sum[0], logSumExp, type) / conditioning).toBeLessThanOrEqual(
          bound("logSumExp", type, backend, temperature),
        );
      });
    });
  });

  describeBackends((library) => {
    const length = 70001;
    const places = FULL
      ? [0, 16383, 16384, 40000, 65536, length - 2, length - 1]
      : [0, 16383, 16384, length - 1];
    const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity } = Number;
    const plain = normal(type, length, 3, 9);
    const withAt = (row: typeof plain, entries: readonly (readonly [number, number])[]) => {
      const x = row.slice();
      for (const [at, value] of entries) x[at] = value;
      return x;
    };
    const expectAll = (x: typeof plain, element: number, sum: number) => {
      for (const operation of OPERATIONS) {
        const result = compute(library, operation, x);
        expectSame(
          result,
          result.map(() => (operation === "logSumExp" ? sum : element)),
        );
      }
    };

    test.each(places)("NaN at %d, beside infinities too", (at) => {
      expectAll(withAt(plain, [[at, nan]]), nan, nan);
      expectAll(
        withAt(
          fill(type, length, () => minusInfinity),
          [[at, nan]],
        ),
        nan,
        nan,
      );
      for (const other of places) {
        if (other === at) continue;
        expectAll(
          withAt(plain, [
            [at, nan],
            [other, infinity],
          ]),
          nan,
          nan,
        );
      }
    });

    test.each(places)("∞ at %d", (at) => {
      expectAll(withAt(plain, [[at, infinity]]), nan, infinity);
      const nearlyAll = withAt(
        fill(type, length, () => minusInfinity),
        [[at, 2]],
      );
      for (const operation of OPERATIONS) {
        const result = compute(library, operation, nearlyAll);
        const expected = result.map((_, i) =>
          operation === "logSumExp"
            ? 2
            : i === at
              ? Number(operation === "softmax")
              : operation === "softmax"
                ? 0
                : minusInfinity,
        );
        expectSame(result, expected);
      }
      const one = withAt(plain, [[at, minusInfinity]]);
      expect(library.softmax(one)[at]).toBe(0);
      expect(library.logSoftmax(one)[at]).toBe(minusInfinity);
      const probabilities: number[] = Array.from(library.softmax(one));
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
    });

    test("-∞ only", () => {
      expectAll(
        fill(type, length, () => minusInfinity),
        nan,
        minusInfinity,
      );
    });

    test("several long rows, each by itself", () => {
      const x = normal(type, 3 * length, 3, 10);
      for (const operation of OPERATIONS) {
        const together = compute(library, operation, x, { shape: [3, length] });
        const size = operation === "logSumExp" ? 1 : length;
        for (let k = 0; k < 3; k++) {
          const row = x.slice(k * length, (k + 1) * length);
          const alone = compute(library, operation, row);
          expectSame(together.slice(k * size, (k + 1) * size), alone);
        }
      }
    });
  });
});
