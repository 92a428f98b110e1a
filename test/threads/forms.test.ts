import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FloatArray } from "../../src/index.js";
import type { Pool } from "../../src/threads/index.js";
import { describeBackends } from "../support/backends.js";
import { FULL } from "../support/extent.js";
import { mayWait, pool, recordJobs } from "../support/pool.js";
import { callOf, execute, expectSameResults, type Recipe } from "./calls.js";
import { FORM_LIMITS, FORMS, type Form, hasSlices } from "./forms.js";
import { type PlaceName, Places } from "./places.js";

/** Calls for each path of the kernels: with operands or without, a result per element or per lane. */
const CALLS: readonly Pick<Recipe, "name" | "mask" | "weights" | "targets">[] = [
  { name: "softmax" },
  { name: "logSoftmax" },
  { name: "logSumExp" },
  { name: "softmax", mask: "whole" },
  { name: "logSumExp", weights: "whole" },
  { name: "softmaxVjp" },
  { name: "crossEntropy" },
  { name: "crossEntropyGrad", targets: true },
];

const PLACES: readonly PlaceName[] = ["private", "resident", "sharedPart"];

describeBackends((library) => {
  let pools: Pool[];
  beforeAll(async () => {
    const { backend } = library;
    pools = await Promise.all([2, 3, 5].map((threads) => pool({ backend, threads }, FORM_LIMITS)));
  });
  afterAll(async () => {
    for (const each of pools) await each.close();
  });

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    // Without kernels a long row is a row like others: one of them is enough.
    const isEnough = ({ kind, shape }: Form) =>
      FULL || library.backend !== "js" || kind !== "row" || (shape.length === 2 && shape[0] > 1);
    test.each(FORMS.filter(isEnough).map((form, k) => ({ ...form, k })))("$title", async ({ k, ...form }) => {
      for (const [c, chosen] of CALLS.entries()) {
        // softmax each time; of the others half at full extent, and one of four else.
        const parts = FULL ? 2 : 4;
        if (c > 0 && (c + k) % parts !== (type === "f32" ? 0 : 1)) continue;
        const call = callOf({ ...form, ...chosen, type, temperature: 1, edges: c % 2 === 1, seed: k });
        const expected = execute(library, call);
        for (const p of c === 0 ? PLACES.keys() : [(c + k) % PLACES.length]) {
          const places = new Places(pools[p].allocate);
          const arrays = Object.entries(call.arrays).map(([key, x]) => [key, places.put(x, PLACES[p])]);
          const given = { ...call, arrays: Object.fromEntries(arrays) };
          const out =
            chosen.name === "softmax" ? places.room(call.arrays.x as FloatArray, PLACES[p]) : undefined;
          const jobs = recordJobs();
          expectSameResults(await execute(pools[p], given, out), expected);
          const kinds = jobs.map(({ kind }) => kind);
          if (c === 0 && library.backend !== "js") expect(kinds).toContain(form.kind);
          if (c === 0 && library.backend === "js" && PLACES[p] === "resident") {
            expect(kinds.includes("slices")).toBe(hasSlices(form));
          }
          if (mayWait && c !== 0) expectSameResults(execute(pools[p].sync, given, out), expected);
          places.free();
        }
      }
    });
  });
});
