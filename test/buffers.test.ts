import { describe, expect, test } from "vitest";
import { compute, describeBackends, ELEMENTWISE, OPERATIONS } from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";

/** ES2024, which the libraries of the compiler do not declare yet. */
type ResizableBuffer = ArrayBuffer & { resize(bytes: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (
  bytes: number,
  options: { maxByteLength: number },
) => ResizableBuffer;

function detach(array: Float32Array): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

describeBackends((library) => {
  // Short arrays may be computed in TypeScript, long ones take several windows of linear memory.
  describe.each([5, 1000, FULL ? 100_003 : 33_003])("%d elements", (length) => {
    const logits = normal("f32", length, 3, length) as Float32Array;

    test.skipIf(typeof SharedArrayBuffer === "undefined")("in a SharedArrayBuffer", () => {
      const shared = new Float32Array(new SharedArrayBuffer(8 * length));
      const x = shared.subarray(0, length);
      const out = shared.subarray(length);
      x.set(logits);
      for (const operation of ELEMENTWISE) {
        expectSame(library[operation](x), library[operation](logits));
        expect(library[operation](x).buffer).toBeInstanceOf(ArrayBuffer);
        expect(library[operation](x, { out })).toBe(out);
        expectSame(Float32Array.from(out), library[operation](logits));
        expect(library[operation](logits, { out })).toBe(out);
        expectSame(Float32Array.from(out), library[operation](logits));
        expect(() => library[operation](x, { out: shared.subarray(1, length + 1) })).toThrow(/\bout\b/);
      }
      expect(library.logSumExp(x)).toBe(library.logSumExp(logits));
      library.softmax(x, { out: x });
      expectSame(Float32Array.from(x), library.softmax(logits));
    });

    test("in a resizable buffer, before and after it is resized", () => {
      const buffer = new ResizableBuffer(8 * length, { maxByteLength: 16 * length });
      const tracking = new Float32Array(buffer);
      const fixed = new Float32Array(buffer, 0, length);
      tracking.set(logits);
      const expected = library.softmax(logits);
      expectSame(library.softmax(fixed), expected);
      expect(library.softmax(tracking).length).toBe(2 * length);

      buffer.resize(4 * length);
      expectSame(library.softmax(tracking), expected);
      expect(() => library.softmax(tracking, { shape: [2, length] })).toThrow(RangeError);
      buffer.resize(16 * length);
      expectSame(
        library.softmax(tracking, { shape: [4, length] }).subarray(0, length),
        library.softmax(Float32Array.from(tracking), { shape: [4, length] }).subarray(0, length),
      );
      expect(library.softmax(logits, { out: fixed })).toBe(fixed);
      expectSame(Float32Array.from(fixed), expected);
    });

    test("out of bounds of a shrunk buffer: an error that names the argument", () => {
      const buffer = new ResizableBuffer(8 * length, { maxByteLength: 8 * length });
      const fixed = new Float32Array(buffer, 0, length);
      const offset = new Float32Array(buffer, 4 * length);
      buffer.resize(4 * length - 4);
      for (const view of [fixed, offset]) {
        for (const operation of OPERATIONS) {
          expect(() => compute(library, operation, view)).toThrow(/\bx\b/);
          expect(() => compute(library, operation, view)).toThrow(TypeError);
        }
        expect(() => library.softmax(logits, { out: view })).toThrow(/\bout\b/);
        expect(() => library.softmax(logits, { out: view })).toThrow(TypeError);
      }
    });

    test("detached: an error that names the argument", () => {
      const detached = logits.slice();
      detach(detached);
      for (const operation of OPERATIONS) {
        expect(() => compute(library, operation, detached)).toThrow(/\bx\b/);
        expect(() => compute(library, operation, detached)).toThrow(TypeError);
        expect(() => compute(library, operation, detached, { shape: [0] })).toThrow(/\bx\b/);
      }
      for (const operation of ELEMENTWISE) {
        expect(() => library[operation](logits, { out: detached })).toThrow(/\bout\b/);
        expect(() => library[operation](logits, { out: detached })).toThrow(TypeError);
        expect(() => library[operation](new Float32Array(0), { out: detached })).toThrow(/\bout\b/);
      }
    });

    test("detached by a getter of the options, or by an element of x", () => {
      const x = logits.slice();
      const options = {
        get temperature() {
          if (x.length > 0) detach(x);
          return 1;
        },
      };
      expect(() => library.softmax(x, options)).toThrow(/\bx\b/);

      const out = new Float64Array(length);
      const numbers = Array.from(logits);
      Object.defineProperty(numbers, 2, {
        get: () => {
          if (out.length > 0) structuredClone(out.buffer, { transfer: [out.buffer] });
          return 1;
        },
      });
      expect(() => library.softmax(numbers, { out })).toThrow(/\bout\b/);
    });

    test("a view in the middle of a buffer, and what lies around it stays as it was", () => {
      const buffer = new Float32Array(length + 10).fill(7);
      const x = buffer.subarray(3, 3 + length);
      x.set(logits);
      library.softmax(x, { out: x });
      expectSame(x, library.softmax(logits));
      expectSame(buffer.subarray(0, 3), Float32Array.of(7, 7, 7));
      expectSame(buffer.subarray(3 + length), new Float32Array(7).fill(7));
    });

    test("a subclass whose constructor takes other arguments", () => {
      class Named extends Float32Array {
        constructor(readonly name: string) {
          super(length);
        }
      }
      const x = new Named("logits");
      const out = new Named("probabilities");
      x.set(logits);
      const expected = library.softmax(logits);
      expectSame(library.softmax(x), expected);
      expect(library.softmax(x, { out })).toBe(out);
      expectSame(Float32Array.from(out), expected);
    });
  });

  test("getters that throw, shrink or lie", () => {
    const failing = {
      get axis(): number {
        throw new Error("from the getter");
      },
    };
    expect(() => library.softmax([1, 2], failing)).toThrow("from the getter");

    const shrinking = [1, 2, 3, 4];
    Object.defineProperty(shrinking, 0, {
      get: () => {
        shrinking.length = 2;
        return 1;
      },
      configurable: true,
    });
    expect(() => library.softmax(shrinking)).toThrow(/x\[2\]/);

    let calls = 0;
    const lying = [2, 3];
    Object.defineProperty(lying, 1, { get: () => (calls++ === 0 ? 3 : 2) });
    expectSame(library.softmax([1, 1, 1, 1, 1, 1], { shape: lying }), new Float64Array(6).fill(1 / 3));

    const endless = new Proxy([], { get: (_, key) => (key === "length" ? 3 : 1) });
    expectSame(library.softmax(endless), new Float64Array(3).fill(1 / 3));
  });
});
