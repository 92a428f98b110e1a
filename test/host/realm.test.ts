import { expect, test } from "vitest";
import { describeBackends } from "../support/backends.js";
import { expectSame } from "../support/same.js";

interface Realm {
  x: Float32Array;
  doubles: Float64Array;
  numbers: number[];
  shape: number[];
  integers: Int32Array;
  bytes: Uint8Array;
}

/** What the source gives in a frame of the page, or in another context of Node. */
async function evaluate(source: string): Promise<unknown> {
  if (typeof document === "undefined") return (await import("node:vm")).runInNewContext(source);
  const frame = document.body.appendChild(document.createElement("iframe"));
  return (frame.contentWindow as unknown as typeof globalThis).eval(source);
}

const realm = (await evaluate(`({
  x: Float32Array.from({ length: 100 }, (_, i) => Math.sin(i)),
  doubles: Float64Array.of(1, 2, 3),
  numbers: [1, 2, 3],
  shape: [10, 10],
  integers: Int32Array.of(1, 2),
  bytes: Uint8Array.of(1, 2),
})`)) as Realm;

describeBackends(({ softmax, logSumExp }) => {
  test("arrays of another realm", () => {
    const x = Float32Array.from(realm.x);
    expect(realm.x).not.toBeInstanceOf(Float32Array);
    expectSame(softmax(realm.x), softmax(x));
    expect(softmax(realm.x)).toBeInstanceOf(Float32Array);
    expectSame(softmax(realm.x, { shape: realm.shape, axis: 0 }), softmax(x, { shape: [10, 10], axis: 0 }));
    expectSame(softmax(realm.doubles), softmax(Float64Array.of(1, 2, 3)));
    expectSame(softmax(realm.numbers), softmax([1, 2, 3]));
    expect(logSumExp(realm.numbers)).toBe(logSumExp([1, 2, 3]));
  });

  test("out of another realm", () => {
    const out = realm.x.slice();
    const expected = softmax(Float32Array.from(realm.x));
    expect(softmax(realm.x, { out })).toBe(out);
    expectSame(Float32Array.from(out), expected);
    expect(() => softmax(realm.doubles as unknown as Float32Array, { out })).toThrow(/\bout\b/);
    expect(() => softmax(realm.x, { out: realm.x.subarray(0, 99) })).toThrow(RangeError);
  });

  test("other typed arrays of another realm", () => {
    expect(softmax(realm.integers)).toEqual(softmax([1, 2]));
    expect(() => softmax(realm.bytes as never)).toThrow(/\bx\b.*Uint8Array/);
  });
});
