import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FloatArray } from "../../src/index.js";
import type { Pool } from "../../src/threads/index.js";
import { describeBackends } from "../support/backends.js";
import { INPUTS } from "../support/inputs.js";
import { once } from "../support/once.js";
import { mayWait, pool, recordJobs, scaled, TEST_LIMITS } from "../support/pool.js";
import { uniform } from "../support/random.js";
import { expectSame } from "../support/same.js";
import {
  ALONE,
  type Call,
  callOf,
  execute,
  expectSameResults,
  NAMES,
  numbersOf,
  OVERWRITABLE,
  type Recipe,
  type SharedName,
} from "./calls.js";
import { PLACES, type PlaceName, Places } from "./places.js";

describeBackends((library) => {
  let pools: { readonly [threads: number]: Pool };
  beforeAll(async () => {
    const { backend } = library;
    pools = { 1: await pool({ backend, threads: 1 }), 2: await pool({ backend, threads: 2 }) };
  });
  afterAll(async () => {
    for (const each of Object.values(pools)) await each.close();
  });

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    const recipe = (name: SharedName, elements: number): Recipe => {
      const [length, seed] = [100, name.length + elements];
      return {
        name,
        type,
        shape: [Math.ceil(elements / length), length],
        axis: 1,
        temperature: 1,
        edges: true,
        seed,
      };
    };

    test.each(NAMES)("%s: two threads", async (name) => {
      const call = callOf(recipe(name, scaled(150_000)));
      const expected = execute(library, call);
      const jobs = recordJobs();
      expectSameResults(await execute(pools[2], call), expected);
      expect(jobs.length).toBeGreaterThan(0);
      const before = jobs.length;
      expectSameResults(execute(pools[2].sync, call), expected);
      if (mayWait) expect(jobs.length).toBe(2 * before);
    });

    test.each(NAMES)("%s: long lanes, wherever they lie", async (name) => {
      for (const [shape, axis] of [
        [[1, 66_003], 1],
        [[2_333, 24], 0],
      ] as const) {
        const call = callOf({ ...recipe(name, 1), shape: [...shape], axis, edges: false });
        const expected = execute(library, call);
        for (const place of ["private", "shared", "resident"] as const) {
          const places = new Places(pools[2].allocate);
          const arrays = Object.entries(call.arrays).map(([key, array]) => [key, places.put(array, place)]);
          const results = await execute(pools[2], { ...call, arrays: Object.fromEntries(arrays) });
          expectSameResults(results, expected);
          places.free();
        }
      }
    });

    test.skipIf(type === "f32").each(NAMES)("%s: one thread", async (name) => {
      const call = callOf(recipe(name, scaled(530_000)));
      const jobs = recordJobs();
      const pending = execute(pools[1], call);
      const expected = execute(library, call);
      expectSameResults(await pending, expected);
      expect(jobs.length).toBeGreaterThan(0);
    });

    const variants: { [title: string]: Partial<Recipe> & { names: SharedName[] } } = {
      "a temperature": {
        names: [
          "softmax",
          "logSoftmax",
          "logSumExp",
          "softmaxVjp",
          "logSoftmaxVjp",
          "logSumExpVjp",
          "crossEntropy",
        ],
        temperature: 0.3,
      },
      "a mask": { names: ["softmax", "logSoftmax", "logSumExp", "logSumExpSigned"], mask: "whole" },
      "a mask for all lanes": {
        names: ["softmax", "logSoftmax", "logSumExp", "logSumExpSigned"],
        mask: "lane",
      },
      weights: { names: ["logSumExp", "logSumExpSigned"], weights: "whole" },
      "weights for all lanes": { names: ["logSumExp", "logSumExpSigned"], weights: "lane", mask: "whole" },
      "a normalizer": { names: ["softmax", "logSoftmax"], normalizer: true },
      "a normalizer and a mask": { names: ["softmax"], normalizer: true, mask: "whole", temperature: 3 },
      targets: { names: ["crossEntropy", "crossEntropyGrad"], targets: true },
      "smooth labels": { names: ["crossEntropy", "crossEntropyGrad"], labelSmoothing: 0.1, reduction: "sum" },
      "classes with weights": {
        names: ["crossEntropy", "crossEntropyGrad"],
        weight: true,
        reduction: "none",
      },
    };
    for (const [title, { names, ...options }] of Object.entries(variants)) {
      test.each(names)(`%s with ${title}`, async (name) => {
        const call = callOf({ ...recipe(name, scaled(150_000)), ...options });
        const expected = execute(library, call);
        const jobs = recordJobs();
        expectSameResults(await execute(pools[2], call), expected);
        // The calling thread computes x / T - L.
        if (name !== "logSoftmax" || !options.normalizer) expect(jobs.length).toBeGreaterThan(0);
        expectSameResults(execute(pools[2].sync, call), expected);
      });
    }

    const calls = once<{ readonly call: Call; readonly expected: FloatArray[] }>();

    test.each(PLACES)("every function on %s arrays, in place too", async (place) => {
      const results: PlaceName[] = place === "private" ? ["part", "resident"] : ["private", place];
      for (const name of NAMES) {
        const { call, expected } = calls(name, () => {
          const call = callOf(recipe(name, scaled(133_000)));
          return { call, expected: numbersOf(execute(library, call)) };
        });
        const places = new Places(pools[2].allocate);
        const put = () => {
          const arrays = Object.entries(call.arrays).map(([key, array]) => [key, places.put(array, place)]);
          return { ...call, arrays: Object.fromEntries(arrays) };
        };
        const jobs = recordJobs();
        const given = put();
        for (const where of results) {
          // It gives one number.
          if (name === "crossEntropy") continue;
          const [value, sign] = expected.map((array) => places.room(array, where));
          const out = sign ? { value, sign } : value;
          expect(await execute(pools[2], given, out)).toBe(out);
          numbersOf(out).forEach((array, k) => {
            expectSame(array, expected[k]);
          });
        }
        expectSameResults(given.arrays.x, call.arrays.x);
        for (const argument of OVERWRITABLE[name]) {
          const own = put();
          const out = own.arrays[argument] as FloatArray;
          expect(await execute(pools[2], own, out)).toBe(out);
          expectSame(out, expected[0]);
        }
        if (name !== "crossEntropy") expect(jobs.length).toBeGreaterThan(0);
        places.free();
      }
    });

    test("masked losses and derivatives, dy and numbers: as without a pool", async () => {
      const shape = [400, 500];
      const x = uniform(type, 200_000, -9, 9, 4);
      const dy = uniform(type, 400, -2, 2, 5);
      const mask = Uint8Array.from({ length: 200_000 }, (_, k) => k % 3);
      const bad = x.map((value, k) => (mask[k] === 0 ? Number.NaN : value)) as FloatArray;
      const labels = new Int32Array(400).fill(1);
      const pool = pools[2];
      for (const kept of [mask, mask.subarray(0, 500)]) {
        const logits = kept === mask ? bad : x;
        const options = { shape, mask: kept };
        const apart = { ...options, reduction: "none", dy } as const;
        expectSame(await pool.softmaxVjp(logits, x, options), library.softmaxVjp(logits, x, options));
        expectSame(await pool.logSoftmaxVjp(x, logits, options), library.logSoftmaxVjp(x, logits, options));
        expectSame(await pool.logSumExpVjp(logits, dy, options), library.logSumExpVjp(logits, dy, options));
        expectSame(
          await pool.crossEntropyGrad(logits, labels, apart),
          library.crossEntropyGrad(logits, labels, apart),
        );
        expect(await pool.crossEntropy(logits, labels, options)).toBe(
          library.crossEntropy(logits, labels, options),
        );
      }
      expect(await pool.sigmoid(2)).toBe(library.sigmoid(2));
      expect(pool.sync.logDiffExp(2, 1)).toBe(library.logDiffExp(2, 1));
    });

    test.skipIf(type === "f32")(
      "threads copy the longest rows by themselves where the calling thread need not",
      async () => {
        const rows: Recipe = { ...recipe("softmaxVjp", 0), shape: [2, 65_003] };
        const jobsOf = async (recipe: Recipe, place: PlaceName) => {
          const call = callOf(recipe);
          const places = new Places(pools[2].allocate);
          const arrays = Object.entries(call.arrays).map(([key, array]) => [key, places.put(array, place)]);
          const out = places.room(call.arrays.x as FloatArray, place);
          const jobs = recordJobs();
          await execute(pools[2], { ...call, arrays: Object.fromEntries(arrays) }, out);
          expectSame(out, numbersOf(execute(library, call))[0]);
          places.free();
          return jobs.map(({ isStaged }) => isStaged);
        };
        for (const length of [65_003, 70_003]) {
          const long = { ...rows, shape: [2, length] };
          for (const place of ["shared", "resident"] as const) {
            // The kernels share long rows one by one. In TypeScript rows go together, as many as a tile has room for.
            const isTogether = library.backend === "js" || length === 65_003;
            const count = isTogether ? Math.ceil((2 * length) / TEST_LIMITS.tileElements) : 2;
            const jobs = new Array(count).fill(false);
            expect(await jobsOf(long, place)).toEqual(jobs);
            expect(await jobsOf({ ...long, name: "softmax", mask: "whole" }, place)).toEqual(jobs);
          }
        }
      },
    );

    test.each(ALONE)("%s: the calling thread", async (name) => {
      const [x, ...others] = INPUTS[name](type)[0];
      const args = () => [structuredClone(x), ...others];
      const untyped = (functions: object) => functions as Record<string, (...args: unknown[]) => unknown>;
      const expected = untyped(library)[name](...args());
      const jobs = recordJobs();
      expectSameResults(await untyped(pools[2])[name](...args()), expected);
      expectSameResults(untyped(pools[2].sync)[name](...args()), expected);
      expect(jobs.length).toBe(0);
    });
  });
});
