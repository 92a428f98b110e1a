import { describe, expect, test } from "vitest";
import { createSoftmax, type FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { fill, floatArray } from "./support/random.js";
import { expectSame } from "./support/same.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;

describeBackends(({ backend, ...library }) => {
  describe("resident arguments are not detached by a call that would have to grow the memory", () => {
    const instance = () => createSoftmax({ backend });

    test("a mask that lies on resident memory", () => {
      const { allocate, softmax } = instance();
      const { view } = allocate("f32", 60_000);
      const mask = new Uint8Array(view.buffer, view.byteOffset, 240_000).fill(1);
      const p = softmax(new Float32Array(240_000), { shape: [30_000, 8], axis: 0, mask });
      expect(p[0] * 30_000).toBeCloseTo(1, 6);
      expect(mask.length).toBe(240_000);
    });

    test("class weights, and a normalizer", () => {
      const { allocate, crossEntropy, softmax } = instance();
      const weight = allocate("f32", 30_000).view.fill(2);
      const options = { shape: [30_000, 40], axis: 0, weight };
      expect(crossEntropy(new Float32Array(1_200_000), new Int8Array(40), options)).toBeCloseTo(
        Math.log(30_000),
        5,
      );
      const normalizer = weight.subarray(0, 1);
      expect(softmax(new Float32Array(70_001), { normalizer })[70_000]).toBeCloseTo(Math.exp(-2), 6);
      expect(weight.length).toBe(30_000);
    });

    test("out, where the results of the kernels are intermediate", () => {
      const { allocate, crossEntropy, logSumExp } = instance();
      const out = allocate("f64", 1).view;
      const weights = new Float64Array(40_009).fill(1);
      expect(logSumExp(new Float64Array(40_009), { weights, out })[0]).toBeCloseTo(Math.log(40_009), 12);
      expect(crossEntropy(new Float64Array(300_000), [3], { reduction: "none", out })[0]).toBeCloseTo(
        Math.log(300_000),
        12,
      );
      expect(out.length).toBe(1);
    });
  });

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    test.each([NAN, INF, -INF])("the gradient of one class whose logit is %d", (logit) => {
      for (const lanes of [3, 56, 1001]) {
        const x = floatArray(type, lanes).fill(logit);
        const gradient = library.crossEntropyGrad(x, new Int32Array(lanes), { shape: [lanes, 1] });
        expect(gradient.every(Number.isNaN)).toBe(true);
      }
    });

    test("a probability that is tiny before it is multiplied by what is large", () => {
      // Exact: e^-z / 63 but for 2^-150, times the factor.
      const [z, factor] = type === "f32" ? [110, 1e30] : [740, 1e20];
      const exact = Math.exp(-z + Math.log(factor)) / (63 + Math.exp(-z));
      const bound = type === "f32" ? 1e-6 : 1e-12; // that of Math.exp so far from 0 included
      for (const shape of [[64], [1, 64, 1]]) {
        const x = fill(type, 64, (k) => (k === 5 ? -z : 0));
        const pulled = library.logSumExpVjp(x, factor, { shape, axis: shape.length > 1 ? 1 : -1 });
        expect(Math.abs(pulled[5] / exact - 1)).toBeLessThan(bound);
        const weight = Array(64).fill(factor);
        const gradient = library.crossEntropyGrad(x, [0], { weight, reduction: "sum" });
        expect(Math.abs(gradient[5] / exact - 1)).toBeLessThan(bound);
      }
      const far = fill(type, 64, (k) => (k === 5 ? -3 * z : 0));
      expect(library.logSumExpVjp(far, 1e30)[5]).toBe(0);
    });

    test("an element above its normalizer does not spoil the others", () => {
      for (const length of [55, 64, 1001]) {
        const x = floatArray(type, length).fill(1);
        const plain = library.softmax(x, { normalizer: 5 });
        for (const high of [INF, 3e38]) {
          x[5] = high;
          const p = library.softmax(x, { normalizer: 5 });
          expect(p[5]).toEqual(high === INF ? NAN : INF);
          p[5] = plain[5];
          expect(p.every((value) => Math.abs(value / plain[0] - 1) < 1e-6)).toBe(true);
        }
      }
    });
  });
});

test("a getter in a list of labels or weights runs before lengths are read", () => {
  const { crossEntropy, crossEntropyGrad } = createSoftmax();
  const trap = (x: FloatArray): number[] => {
    const list = [0, 0];
    const detach = () => {
      if (x.length > 0) structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] });
      return 0;
    };
    return Object.defineProperty(list, 1, { get: detach });
  };
  for (const operation of [crossEntropy, crossEntropyGrad] as ((...args: unknown[]) => unknown)[]) {
    const x = Float64Array.of(1, 2, 3, 4);
    expect(() => operation(x, trap(x), { shape: [2, 2] })).toThrow(/logits are detached/);
    const y = Float64Array.of(1, 2, 3, 4);
    expect(() => operation(y, [0, 1], { shape: [2, 2], weight: trap(y) })).toThrow(/logits are detached/);
  }
  expectSame(crossEntropyGrad([1, 2], [0], { weight: [0, 1] }), Float64Array.of(NAN, NAN));
});

test("lists read while others are: each call keeps its own numbers, and no result shares their memory", () => {
  const { softmax, softmaxVjp, logAddExp } = createSoftmax();
  const numbers = (first: number, count: number) => Array.from({ length: count }, (_, k) => first + k / 8);
  for (const count of [1, 8, 9, 64, 65]) {
    // More calls within the call than one buffer has room for.
    const nested = Object.defineProperty(numbers(1, count), count - 1, {
      get: () => {
        for (let call = 0; call < 200; call++) softmax(numbers(call, count));
        return 7;
      },
    });
    const flat = [...numbers(1, count - 1), 7];
    expectSame(softmax(nested), softmax(Float64Array.from(flat)));
    expectSame(logAddExp(nested, numbers(2, count)), logAddExp(Float64Array.from(flat), numbers(2, count)));
    const p = softmax(new Float32Array(count));
    expectSame(softmaxVjp(p, nested), softmaxVjp(p, Float32Array.from(flat)));
    expect(softmax(nested).buffer.byteLength).toBe(8 * count);
  }
});
