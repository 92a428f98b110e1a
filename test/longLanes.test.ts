import { beforeAll, describe, expect, test } from "vitest";
import { PER_LANE } from "../assembly/abi.js";
import { partsOf, type SyncBackend } from "../src/backend/backend.js";
import { jsBackend } from "../src/backend/js/js.js";
import { select } from "../src/backend/select.js";
import type { FloatArray, Operands } from "../src/types.js";
import { backends } from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { type Lanes, rows, strided } from "./support/lanes.js";
import { once } from "./support/once.js";
import { operandsFor, outFor } from "./support/operands.js";
import { type LaneName, laneNames, laneOperation } from "./support/operations.js";
import { normal, uniform } from "./support/random.js";
import { type ElementType, ulp } from "./support/ulp.js";

const TEMPERATURE = 0.8;

function run(
  backend: SyncBackend,
  name: LaneName,
  lanes: Lanes,
  operands?: Operands,
  out = outFor(name, lanes),
): FloatArray {
  const { x, outer, length, inner } = lanes;
  backend.run(laneOperation(name), x, out, { outer, length, inner }, TEMPERATURE, operands);
  return out;
}

const isOfProbabilities = (name: LaneName) => name === "alr" || name === "clr" || name === "softmaxVjp";

/** Elements that an operation takes, of which one may stand out. */
function elements(name: LaneName, type: ElementType, length: number, peak: number | undefined): FloatArray {
  if (isOfProbabilities(name)) return uniform(type, length, 0.01, 1, length);
  const x = normal(type, length, 3, length);
  if (peak !== undefined) for (let k = peak; k < length; k += 100_003) x[k] = 40;
  return name === "logSoftmaxVjp" ? x.map((value) => value - 45) : x;
}

/** In ulp of the results, or of a share of the largest of them: terms may cancel, and the mean of clr is subtracted. */
function worst(actual: FloatArray, expected: FloatArray, type: ElementType, share = 2 ** -12): number {
  let largest = 0;
  for (const value of expected) largest = Math.max(largest, Math.abs(value));
  let most = 0;
  for (let k = 0; k < expected.length; k++) {
    if (Object.is(actual[k], expected[k])) continue;
    const unit = ulp(Math.max(Math.abs(expected[k]), largest * share), type);
    const apart = Math.abs(actual[k] - expected[k]) / unit;
    if (!(apart <= most)) most = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
  }
  return most;
}

/** Those with kernels. */
const compiled = laneNames.filter((name) => name !== "normalizedLogSoftmax");
const masked = ["softmax", "logSoftmax", "logSumExp", "entropy", "normalizedSoftmax"];

/** A third of each lane left out, in lane 0 everything but one. */
function maskFor({ x, inner }: Lanes): Uint8Array {
  const mask = new Uint8Array(x.length);
  for (let k = 0; k < mask.length; k++) {
    const place = Math.floor(k / inner);
    mask[k] = Number(inner > 1 && k % inner === 0 ? place === 7 : (place + k) % 3 > 0);
  }
  return mask;
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  /** References that take nothing piece by piece: f32 in f64, f64 itself. */
  const references = once<FloatArray>();
  const whole = jsBackend(Number.POSITIVE_INFINITY);

  // The last pieces of the first two have but a few elements.
  const layouts: { readonly [title: string]: (x: FloatArray) => Lanes } = {
    "a row of some chunks": (x) => rows(x, 81_927),
    "columns, and one of them no vector": (x) => strided(x, 2_051, 9),
    "columns in whole vectors": (x) => strided(x, 2_333, 16),
  };
  const lengths: { readonly [title: string]: number } = {
    "a row of some chunks": 81_927,
    "columns, and one of them no vector": 2_051 * 9,
    "columns in whole vectors": 2_333 * 16,
  };

  function expected(key: string, name: LaneName, lanes: Lanes, operands?: Operands): FloatArray {
    return references(key, () => {
      const double = { ...lanes, x: Float64Array.from(lanes.x) };
      const y = operands?.y && Float64Array.from(operands.y);
      return run(whole, name, double, operands && { ...operands, y }, outFor(name, double));
    });
  }

  describe.each(backends.filter((name) => name !== "js"))("%s", (backend) => {
    let kernels: SyncBackend;
    beforeAll(() => {
      kernels = select({ backend });
    });

    describe.each(Object.entries(layouts))("%s", (title, make) => {
      test.each(compiled)("%s is as exact as of short lanes", (name) => {
        for (const peak of FULL ? [undefined, 0, 20_000, 69_000] : [undefined, 20_000]) {
          const lanes = make(elements(name, type, lengths[title], peak));
          const operands = operandsFor(name, type, lanes);
          const exact = expected(`${title} ${name} ${peak}`, name, lanes, operands);
          const results = run(kernels, name, lanes, operands);
          // Parts are f64 of the precision of x. The last ones are a correction and a rough size.
          const parts = partsOf(laneOperation(name).code);
          const compared = (all: FloatArray) =>
            parts === 0 ? all : all.filter((_, k) => k % parts !== parts - 1);
          // Of crossEntropyTargetsGrad p and the target cancel, in lanes that are not long too (9.5 of 2,040 elements).
          const share = name === "clr" ? 1 / 4 : name === "crossEntropyTargetsGrad" ? 2 ** -10 : 2 ** -12;
          const error = worst(compared(results), compared(exact), type, share);
          expect(error, `${peak}`).toBeLessThanOrEqual(8);
        }
      });

      test.each(masked)("%s with a mask", (operation) => {
        const name = operation as LaneName;
        const lanes = make(elements(name, type, lengths[title], undefined));
        const mask = maskFor(lanes);
        const operands = { ...operandsFor(name, type, lanes), mask };
        const exact = expected(`${title} ${name} masked`, name, lanes, operands);
        expect(worst(run(kernels, name, lanes, operands), exact, type)).toBeLessThanOrEqual(8);
      });
    });
  });

  describe("js, with less memory", () => {
    const less = jsBackend(20_000);

    describe.each([1, 3])("%d lanes side by side", (inner) => {
      const length = 33_333;
      test.each(laneNames)("%s is the same to the last bit, where there is one", (name) => {
        for (const peak of [undefined, 20_000]) {
          const lanes = strided(elements(name, type, length * inner, peak), length, inner);
          const operands = operandsFor(name, type, lanes);
          const results = run(less, name, lanes, operands);
          expect(worst(results, run(whole, name, lanes, operands), type)).toBeLessThanOrEqual(1);
          const { code } = laneOperation(name);
          if (code & PER_LANE) continue;
          const x = lanes.x.slice() as FloatArray;
          expect(run(less, name, { ...lanes, x }, operands, x)).toEqual(results);
          const y = operands?.y?.slice();
          if (y) expect(run(less, name, lanes, { ...operands, y }, y)).toEqual(results);
        }
      });

      test.each(masked)("%s with a mask", (operation) => {
        const name = operation as LaneName;
        const lanes = strided(elements(name, type, length * inner, undefined), length, inner);
        for (const mask of [maskFor(lanes), maskFor(lanes).subarray(0, length), new Uint8Array(length)]) {
          const operands = { ...operandsFor(name, type, lanes), mask };
          expect(
            worst(run(less, name, lanes, operands), run(whole, name, lanes, operands), type),
          ).toBeLessThanOrEqual(1);
        }
      });

      test("NaN and infinities", () => {
        for (const values of [
          [Number.NaN],
          [Number.POSITIVE_INFINITY],
          [Number.POSITIVE_INFINITY, Number.NaN],
          [Number.NEGATIVE_INFINITY],
        ]) {
          const lanes = strided(normal(type, length * inner, 3, 1), length, inner);
          for (const [k, value] of values.entries()) lanes.x[(17_000 + k) * inner] = value;
          const all = strided(lanes.x.map(() => Number.NEGATIVE_INFINITY) as FloatArray, length, inner);
          for (const name of ["softmax", "logSoftmax", "logSumExp", "entropy", "logSumExpVjp"] as const) {
            const operands = operandsFor(name, type, lanes);
            for (const given of [lanes, all]) {
              const [results, exact] = [less, whole].map((backend) => run(backend, name, given, operands));
              expect(worst(results, exact, type), name).toBeLessThanOrEqual(1);
            }
          }
        }
      });
    });
  });
});
