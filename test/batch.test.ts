import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends } from "./support/backends.js";
import { uniform } from "./support/random.js";

/** What the kernels copy and compute at a time, at most. */
const WINDOW_BYTES = 131_072;
/** Rows that are computed together for what is expected. */
const FEW = 8;

const FUNCTIONS = ["softmax", "logSoftmax", "logSumExp", "softmaxVjp", "logSoftmaxVjp"] as const;

describeBackends((library) => {
  /** The results for rows of `length`. The gradients of a Vjp are the values themselves. */
  function compute(name: (typeof FUNCTIONS)[number], x: FloatArray, length: number): FloatArray {
    const options = { shape: [x.length / length, length] };
    if (name === "softmaxVjp" || name === "logSoftmaxVjp") return library[name](x, x, options);
    return name === "logSumExp" ? library.logSumExp(x, options) : library[name](x, options);
  }

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    test.each([7, 16, 65, 1000])("rows of %d have the same bits in any number of rows", (length) => {
      const rowBytes = length * (type === "f32" ? 4 : 8);
      for (const name of FUNCTIONS) {
        // Of a Vjp two arrays are copied.
        const most = Math.floor(WINDOW_BYTES / rowBytes / (name.endsWith("Vjp") ? 2 : 1));
        const x = uniform(type, (most + 2) * length, -3, 0, length);
        const count = name === "logSumExp" ? 1 : length;
        const lastRows = x.slice((most + 2 - FEW) * length) as FloatArray;
        const expected = compute(name, lastRows, length);
        for (let rows = most - 1; rows <= most + 2; rows++) {
          const results = compute(name, x.slice(0, rows * length) as FloatArray, length);
          const missing = most + 2 - rows;
          const last = results.subarray((rows - FEW + missing) * count);
          expect(Array.from(last), `${name}, ${rows} rows`).toEqual(
            Array.from(expected.subarray(0, (FEW - missing) * count)),
          );
        }
      }
    });
  });
});
