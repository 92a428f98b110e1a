import { describe, expect, test } from "vitest";
import { compute, libraries } from "./support/backends.js";
import { bound, type Witness, witnesses } from "./support/bounds.js";
import { entropyReference } from "./support/entropy.js";
import { floatArray } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { ulpError } from "./support/ulp.js";

/** As many rows of the lane as it takes for the kernels to compute it, not the path for small inputs. */
const ROWS = 60;

function errorOf({ type, operation, lane, index }: Witness, library: (typeof libraries)[number]): number {
  const x = floatArray(type, ROWS * lane.length);
  for (let row = 0; row < ROWS; row++) x.set(lane, row * lane.length);
  const shape = [ROWS, lane.length];
  if (operation === "entropy")
    return ulpError(library.entropy(x, { shape })[0], entropyReference(lane), type);
  const result = compute(library, operation, x, { shape });
  const reference = laneReference(x.subarray(0, lane.length));
  if (operation === "logSumExp") return ulpError(result[0], reference.logSumExp, type);
  return ulpError(result[index], reference[operation].at(index), type);
}

test("the kernels state witnesses", () => {
  expect(witnesses().length).toBeGreaterThan(0);
});

describe.each(witnesses())("$type $operation($lane)[$index]: $ulps ulp", (witness) => {
  const { type, operation, backend, ulps } = witness;
  const stated = libraries.filter((library) =>
    backend === undefined ? library.backend !== "js" : library.backend === backend,
  );
  for (const library of stated) {
    test(library.backend, () => {
      const error = errorOf(witness, library);
      expect(Math.abs(error - ulps), `measured ${error}`).toBeLessThanOrEqual(0.02);
      expect(error).toBeLessThanOrEqual(bound(operation, type, library.backend));
    });
  }
});
