import { describe, expect, test } from "vitest";
import { compute, libraries } from "./support/backends.js";
import { bound, type Witness, witnesses } from "./support/bounds.js";
import { entropyReference } from "./support/entropy.js";
import { floatArray } from "./support/random.js";
import { laneReference } from "./support/reference.js";
import { ulpError } from "./support/ulp.js";

/** Lanes of f32 up to 256 elements have a kernel of their own, which is more exact. Here −∞, which adds nothing, makes them longer. */
const LENGTH = 257;

function errorOf({ type, operation, lane, index }: Witness, library: (typeof libraries)[number]): number {
  if (operation === "entropy") {
    const x = floatArray(type, lane.length);
    x.set(lane);
    return ulpError(library.entropy(x), entropyReference(lane), type);
  }
  const x = floatArray(type, LENGTH).fill(Number.NEGATIVE_INFINITY);
  x.set(lane);
  const result = compute(library, operation, x);
  const reference = laneReference(x);
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
