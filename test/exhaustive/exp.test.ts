import { describe, expect, test } from "vitest";
import { libraries } from "../support/backends.js";
import { bound } from "../support/bounds.js";
import { ulpError } from "../support/ulp.js";

/** A maximum, and the logits beside it by their bit patterns. A maximum up to 200 is not subtracted beforehand. */
const PASSES = [
  { name: "every float from -0 to -104", maximum: 0, first: 0x80000000, last: 0xc2d00000 },
  { name: "every float from 2^-26 to 64", maximum: 64, first: 0x32800000, last: 0x42800000 },
];
const CHUNK = 65535;

const bits = new Uint32Array(CHUNK + 1);
const row = new Float32Array(bits.buffer);
const exact = new Float64Array(CHUNK + 1);
const exactWords = new Uint32Array(exact.buffer);

/** 1 / ulp of f32 for each exponent field of a double, constant below the normal range. */
const inverseUlp = Float64Array.from({ length: 2047 }, (_, field) => 2 ** Math.min(1046 - field, 149));

/**
 * The row [maximum, neighbouring floats…] and its softmax by Math.exp and sums of f64: relative error under 2^-40.
 * All backends share it, which makes the test three times as fast.
 */
function fillRow(maximum: number, first: number, length: number): void {
  row[0] = maximum;
  exact[0] = 1;
  for (let i = 1; i < length; i++) bits[i] = first + i - 1;
  let sum = 1;
  for (let start = 1; start < length; start += 256) {
    const end = Math.min(start + 256, length);
    let partial = 0;
    for (let i = start; i < end; i++) {
      exact[i] = Math.exp(row[i] - maximum);
      partial += exact[i];
    }
    sum += partial;
  }
  for (let i = 0; i < length; i++) exact[i] /= sum;
}

function ulpsOff(result: number, i: number): number {
  return Math.abs(result - exact[i]) * inverseUlp[(exactWords[2 * i + 1] >>> 20) & 0x7ff];
}

describe.each(PASSES)("softmax of $name beside $maximum", ({ maximum, first, last }) => {
  const worst = libraries.map(() => ({ ulp: 0, logit: 0, outOfOrder: 0 }));
  const out = new Float32Array(CHUNK + 1);

  test("of all backends", { timeout: 3_600_000 }, () => {
    for (let start = first; start <= last; start += CHUNK) {
      const length = Math.min(CHUNK, last - start + 1) + 1;
      fillRow(maximum, start, length);
      for (const [index, { softmax }] of libraries.entries()) {
        const result = softmax(row.subarray(0, length), { out: out.subarray(0, length) });
        let { ulp, logit, outOfOrder } = worst[index];
        for (let i = 0; i < length; i++) {
          if (i > 1 && (result[i] - result[i - 1]) * (row[i] - row[i - 1]) < 0) outOfOrder++;
          const error = ulpsOff(result[i], i);
          // Written so that NaN counts.
          if (!(error <= ulp)) {
            ulp = error;
            logit = row[i];
          }
        }
        worst[index] = { ulp, logit, outOfOrder };
      }
    }
  });

  test.each(libraries.map(({ backend }, index) => [backend, index] as const))("%s", (backend, index) => {
    const { ulp, logit, outOfOrder } = worst[index];
    console.log(`${backend}: at most ${ulp.toFixed(3)} ulp, at ${logit}`);
    expect(outOfOrder).toBe(0);
    expect(ulp).toBeGreaterThan(0.4);
    expect(ulp).toBeLessThanOrEqual(bound("softmax", "f32", backend));
  });
});

test("the measure agrees with that of the suite", () => {
  // e^-80 to e^-96: normal and subnormal results.
  for (const first of [0xc2a00000, 0xc2b80000, 0xc2c00000]) {
    fillRow(0, first, 1000);
    for (const i of [0, 1, 500, 999]) {
      const near = Math.fround(exact[i] * (1 + 2 ** -22));
      expect(ulpsOff(near, i)).toBe(ulpError(near, { high: exact[i], low: 0, exponent: 0 }, "f32"));
    }
  }
});
