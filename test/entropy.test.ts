import { describe, expect, test } from "vitest";
import { entropy, type FloatArray, softmaxStream } from "../src/index.js";
import { describeBackends, type Library } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { cases } from "./support/cases.js";
import { entropyReference } from "./support/entropy.js";
import { forEachLane, gather, type Lanes } from "./support/lanes.js";
import { pool } from "./support/pool.js";
import { fill, floatArray, normal } from "./support/random.js";
import { expectSame } from "./support/same.js";
import { type ElementType, ulpError } from "./support/ulp.js";

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const TYPES = ["f32", "f64"] as const;
/** Beyond this length the reference, in double-double, would take seconds. */
const LONGEST = 20_000;

const boundOf = ({ backend }: Library, type: ElementType, temperature: number) =>
  bound("entropy", type, backend, temperature);

function entropies({ entropy }: Library, lanes: Lanes, temperature = 1): FloatArray {
  const shape = [lanes.outer, lanes.length, lanes.inner];
  return entropy(lanes.x, { shape, axis: 1, temperature });
}

describe.each(TYPES)("%s", (type) => {
  const references = new Map<string, ReturnType<typeof entropyReference>[]>();

  /** Computed once for all backends. */
  function referencesOf(name: string, all: readonly Lanes[], temperature: number) {
    const known = references.get(name);
    if (known) return known;
    const exact: ReturnType<typeof entropyReference>[] = [];
    for (const lanes of all) {
      forEachLane(lanes, (_, offset) => {
        exact.push(entropyReference(gather(lanes.x, offset, lanes.length, lanes.inner), temperature));
      });
    }
    references.set(name, exact);
    return exact;
  }

  describeBackends((library) => {
    test.each(cases(type).map(({ name, inputs, temperature = 1 }) => ({ name, inputs, temperature })))(
      "$name: within the bound",
      ({ name, inputs, temperature }) => {
        const all = inputs().filter(({ length, x }) => length > 0 && x.length <= LONGEST);
        const exact = referencesOf(name, all, temperature);
        let worst = 0;
        let next = 0;
        for (const lanes of all) {
          for (const value of entropies(library, lanes, temperature)) {
            worst = Math.max(worst, ulpError(value, exact[next++], type));
          }
        }
        expect(next).toBe(exact.length);
        expect(worst).toBeLessThanOrEqual(boundOf(library, type, temperature));
      },
    );

    test("a million equal logits give log n", () => {
      const value = library.entropy(fill(type, 1e6, () => -7.3));
      expect(value).toBe(type === "f32" ? Math.fround(Math.log(1e6)) : Math.log(1e6));
    });

    test.each([1, 5, 100, 70_001])("a lane of %d with one finite logit gives exactly 0", (length) => {
      for (const at of [0, length >> 1, length - 1]) {
        const x = fill(type, length, (k) => (k === at ? -3 : -INF));
        expect(library.entropy(x)).toBe(0);
        x.fill(type === "f32" ? -3e38 : -1.7e308);
        x[at] = type === "f32" ? 3e38 : 1.7e308;
        expect(library.entropy(x)).toBe(0);
        expect(library.entropy(x, { temperature: 1e30 })).toBe(0);
      }
    });

    test("edge values, also of lanes side by side that do not notice each other", () => {
      const lanes = [
        [1, NAN, 2, 3],
        [1, INF, 2, 3],
        [-INF, -INF, -INF, -INF],
        [NAN, INF, -INF, 0],
        [0, 0, -INF, -INF],
        [4, 4, 4, 4],
        [1e4, 1e4, -1e4, 0],
      ];
      const expected = [NAN, NAN, NAN, NAN, Math.LN2, 2 * Math.LN2, Math.LN2];
      const rounded = floatArray(type, expected.length);
      rounded.set(expected);
      for (const times of [1, 40]) {
        const all = Array(times).fill(lanes).flat();
        const rows = library.entropy(
          fill(type, all.length * 4, (k) => all[k >> 2][k & 3]),
          {
            shape: [all.length, 4],
          },
        );
        const columns = library.entropy(
          fill(type, all.length * 4, (k) => all[k % all.length][Math.floor(k / all.length)]),
          { shape: [4, all.length], axis: 0 },
        );
        for (const result of [rows, columns]) {
          for (let k = 0; k < result.length; k += 7) expectSame(result.slice(k, k + 7), rounded);
        }
      }
    });

    test("a mask: the entropy of what is kept, 0 where nothing is", () => {
      const shape = [12, 9];
      const x = normal(type, 108, 3, 5);
      const mask = Uint8Array.from({ length: 108 }, (_, k) => (k < 9 ? 0 : k % 4));
      const result = library.entropy(
        x.map((value, k) => (mask[k] === 0 ? [NAN, INF, -INF][k % 3] : value)),
        { shape, mask },
      );
      for (let row = 0; row < 12; row++) {
        const kept = x.slice(9 * row, 9 * row + 9).filter((_, k) => mask[9 * row + k] !== 0);
        if (row === 0) expect(result[row]).toBe(0);
        else
          expect(ulpError(result[row], entropyReference(kept), type)).toBeLessThanOrEqual(
            boundOf(library, type, 1),
          );
      }
      const lane = Uint8Array.of(0, 1, 1, 1, 1, 1, 1, 1, 0);
      const whole = Uint8Array.from({ length: 108 }, (_, k) => lane[k % 9]);
      expectSame(library.entropy(x, { shape, mask: lane }), library.entropy(x, { shape, mask: whole }));
      expectSame(library.entropy(x, { shape, mask: new Uint8Array(9) }), floatArray(type, 12));
      const joint = { shape: [3, 4, 9], axis: [0, 2] };
      expectSame(
        library.entropy(x, { ...joint, mask: new Uint8Array(108).fill(1) }),
        library.entropy(x, joint),
      );
    });

    test("lanes of no elements give 0, no lanes give nothing", () => {
      expect(library.entropy([])).toBe(0);
      expectSame(library.entropy(floatArray(type, 0), { shape: [3, 0] }), floatArray(type, 3));
      expectSame(library.entropy(floatArray(type, 0), { shape: [0, 3] }), floatArray(type, 0));
    });

    test("out receives the result and is returned", () => {
      const x = normal(type, 700, 2, 8);
      const out = floatArray(type, 70);
      expect(library.entropy(x, { shape: [70, 10], out: out as never })).toBe(out);
      expectSame(out, library.entropy(x, { shape: [70, 10] }));
      expect(() => library.entropy(x, { shape: [70, 10], out: x.subarray(0, 70) as never })).toThrow(
        /entropy: out must .*overlap logits/,
      );
    });
  });

  test("a stream gives the entropy of each row", async () => {
    const x = normal(type, 5000, 3, 9);
    const { readable, writable } = softmaxStream({ length: 50, op: "entropy", type, rows: 30 });
    const writer = writable.getWriter();
    const written = writer.write(x as never).then(() => writer.close());
    const results: number[] = [];
    const reader = readable.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) results.push(...read.value);
    await written;
    expect(results).toEqual(Array.from(entropy(x, { shape: [100, 50] })));
  });

  test("a pool gives the same bits", async () => {
    const threads = await pool({ threads: 2 });
    try {
      const x = normal(type, 2 ** 19, 3, 10);
      for (const shape of [
        [2 ** 15, 16],
        [1, 2 ** 19],
        [8, 2 ** 14, 4],
      ]) {
        const options = { shape, axis: 1, temperature: 0.7 };
        expectSame(await threads.entropy(x, options), entropy(x, options));
        expectSame(threads.sync.entropy(x, options), entropy(x, options));
      }
    } finally {
      await threads.close();
    }
  });
});
