import { describe, expect, test } from "vitest";
import { all } from "../src/functions/all.js";
import type { Functions } from "../src/functions/instance.js";
import { createSoftmax, type FloatArray, type Resident } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { INPUTS } from "./support/inputs.js";
import { uniform } from "./support/random.js";
import { expectSame } from "./support/same.js";
import type { ElementType } from "./support/ulp.js";

type Call = (...args: unknown[]) => unknown;
type Place = (array: FloatArray) => FloatArray;

const isFloats = (value: unknown): value is FloatArray =>
  value instanceof Float32Array || value instanceof Float64Array;
const isObject = (value: unknown): value is object =>
  Object.prototype.toString.call(value) === "[object Object]";

/** What INPUTS does not have: `out` in the place of a second operand, of more and of fewer elements than are always copied. */
const OTHERS: Partial<Record<keyof Functions, (type: ElementType) => unknown[][]>> = {
  softmaxVjp: (type) => [intoOther(type, 300), intoOther(type, 200)],
  logSoftmaxVjp: (type) => [intoOther(type, 300)],
  crossEntropyGrad: (type) => [
    intoOther(type, 300),
    intoOther(type, 300, { shape: [2, 150] }),
    intoOther(type, 600, { shape: [100, 6], axis: 0 }),
    intoOther(type, 200),
  ],
  logAddExp: (type) => [intoOther(type, 257, {}), intoOther(type, 256, {})],
  softmax: (type) =>
    [255, 256, 257, 16_384, 16_385, 32_768, 32_769].map((length) => [uniform(type, length, -9, 9, length)]),
};

function intoOther(
  type: ElementType,
  length: number,
  options: object = { shape: [length / 10, 10] },
): unknown[] {
  const other = uniform(type, length, 0, 1, 2);
  return [uniform(type, length, -9, 9, 1), other, { ...options, out: other }];
}

/** The float arrays among the arguments and their options, each once. */
function arraysOf(args: readonly unknown[]): FloatArray[] {
  const found = new Set<FloatArray>();
  const visit = (value: unknown): void => {
    if (isFloats(value)) found.add(value);
    else if (isObject(value)) Object.values(value).forEach(visit);
  };
  args.forEach(visit);
  return [...found];
}

/** The arguments with other arrays in the place of these. */
function placed(args: readonly unknown[], place: Place): unknown[] {
  const visit = (value: unknown): unknown => {
    if (isFloats(value)) return place(value);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, visit(field)]));
  };
  return args.map(visit);
}

function expectAlike(actual: unknown, expected: unknown): void {
  if (isFloats(expected)) expectSame(actual as FloatArray, expected);
  else if (isObject(expected)) {
    for (const [key, field] of Object.entries(expected)) {
      expectAlike((actual as Record<string, unknown>)[key], field);
    }
  } else expect(actual).toEqual(expected);
}

describeBackends((library) => {
  const allocate = ({ BYTES_PER_ELEMENT, length }: FloatArray): Resident =>
    library.allocate((BYTES_PER_ELEMENT === 4 ? "f32" : "f64") as "f32", length + 40);

  /** A part of a resident that holds an array, between numbers that nothing may write. */
  function fill(resident: Resident, array: FloatArray): { part: FloatArray; whole: FloatArray } {
    const whole = resident.view.fill(77);
    const part = whole.subarray(1, 1 + array.length);
    part.set(array);
    return { part, whole };
  }

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    test.each(Object.keys(all) as (keyof Functions)[])(
      "%s has the same bits and writes nothing else, whichever arrays are resident",
      (name) => {
        const call = library[name] as Call;
        const inputs = () => [...INPUTS[name](type), ...(OTHERS[name]?.(type) ?? [])];
        for (const [number, args] of inputs().entries()) {
          const arrays = arraysOf(args);
          const wanted = call(...args);
          // Each alone, and all.
          for (let which = 0; which <= arrays.length && arrays.length > 0; which++) {
            const again = inputs()[number];
            const before = arraysOf(again);
            const chosen = before.filter((_, k) => which === k || which === before.length);
            // All before any view is read: the memory may grow.
            const residents = chosen.map(allocate);
            const places = new Map(chosen.map((array, k) => [array, fill(residents[k], array)]));
            const actual = call(...placed(again, (array) => places.get(array)?.part ?? array));
            expectAlike(actual, wanted);
            for (const [k, array] of before.entries()) {
              const place = places.get(array);
              expectSame(place?.part ?? array, arrays[k]);
              if (place === undefined) continue;
              expect(place.whole[0]).toBe(77);
              expect(place.whole.subarray(1 + array.length).every((value) => value === 77)).toBe(true);
            }
            for (const resident of residents) resident.free();
          }
        }
      },
    );
  });

  test("nothing is read beyond the end of the memory", () => {
    const { allocate, sigmoid, logAddExp, softmax } = createSoftmax({ backend: library.backend });
    const first = allocate("f32", 16).view;
    const { buffer } = first;
    // What is left of it, of which TypeScript has none.
    const view = allocate("f32", Math.max((buffer.byteLength - first.byteOffset) / 4 - 16, 300)).view;
    expect(view.byteOffset + view.byteLength).toBe(view.buffer.byteLength);
    view.set(uniform("f32", 300, -9, 9, 1), view.length - 300);
    for (const count of [1, 9, 257, 258, 259]) {
      const part = view.subarray(view.length - count);
      const copy = part.slice();
      const out = new Float32Array(count);
      expectSame(sigmoid(part, { out }), sigmoid(copy));
      expectSame(logAddExp(copy, part, { out }), logAddExp(copy, copy));
      expectSame(softmax(part, { out }), softmax(copy));
      const halves = new Uint16Array(view.buffer, view.byteOffset + view.byteLength - 2 * count);
      const bits = halves.slice();
      const dtype = "bfloat16";
      expectSame(sigmoid(halves, { dtype, out }), sigmoid(bits, { dtype, out: new Float32Array(count) }));
    }
  });
});
