import { afterAll, describe, expect, test } from "vitest";
import type { FloatArray } from "../src/index.js";
import { describeBackends, ELEMENTWISE, type Library, libraries } from "./support/backends.js";
import { bound } from "./support/bounds.js";
import { cases } from "./support/cases.js";
import { forEachLane, gather, type Lanes, laneOptions } from "./support/lanes.js";
import { type LaneReference, laneReference } from "./support/reference.js";
import { type ElementType, ulp, ulpError, type Worst, worstError } from "./support/ulp.js";

interface Reference extends Lanes {
  readonly lanes: readonly LaneReference[];
}

function withReference(lanes: Lanes, temperature?: number): Reference {
  const references: LaneReference[] = [];
  forEachLane(lanes, (_, offset) => {
    references.push(laneReference(gather(lanes.x, offset, lanes.length, lanes.inner), temperature));
  });
  return { ...lanes, lanes: references };
}

function larger(a: Worst, b: Worst): Worst {
  return b.ulp > a.ulp ? b : a;
}

/** The worst element over the inputs, for the operations that give one result per element. */
function elementwise(
  library: Library,
  operation: "softmax" | "logSoftmax",
  type: ElementType,
  inputs: Reference[],
  temperature?: number,
): Worst {
  let worst: Worst = { ulp: 0, index: -1 };
  for (const input of inputs) {
    const result: FloatArray = library[operation](input.x, { ...laneOptions(input), temperature });
    forEachLane(input, (lane, offset) => {
      worst = larger(worst, worstError(result, input.lanes[lane][operation], type, offset, input.inner));
    });
  }
  return worst;
}

/** The same for logSumExp. An error within what cancels is counted in ulps of what cancels. */
function reduced(library: Library, type: ElementType, inputs: Reference[], temperature?: number): Worst {
  let worst: Worst = { ulp: 0, index: -1 };
  for (const input of inputs) {
    const results = library.logSumExp(input.x, {
      shape: [input.outer, input.length, input.inner],
      axis: 1,
      temperature,
    });
    for (const [index, { logSumExp, cancelled }] of input.lanes.entries()) {
      const conditioning = cancelled === 0 ? 1 : 1 + ulp(cancelled, type) / ulp(logSumExp.high, type);
      worst = larger(worst, { ulp: ulpError(results[index], logSumExp, type) / conditioning, index });
    }
  }
  return worst;
}

describe.each(["f32", "f64"] as const)("%s", (type) => {
  describe.each(cases(type))("$name", ({ inputs, temperature }) => {
    let references: Reference[] | undefined;
    const shared = () => (references ??= inputs().map((lanes) => withReference(lanes, temperature)));
    afterAll(() => {
      references = undefined;
    });

    for (const library of libraries) {
      test.each(ELEMENTWISE)(`${library.backend} %s`, (operation) => {
        const { ulp, index } = elementwise(library, operation, type, shared(), temperature);
        expect(ulp, `at element ${index}`).toBeLessThanOrEqual(
          bound(operation, type, library.backend, temperature),
        );
      });
      test(`${library.backend} logSumExp`, () => {
        const { ulp, index } = reduced(library, type, shared(), temperature);
        expect(ulp, `in lane ${index}`).toBeLessThanOrEqual(
          bound("logSumExp", type, library.backend, temperature),
        );
      });
    }
  });
});

// Without what rounding 1 / 7 loses, an error of 1.27 ulp in f32.
describeBackends((library) => {
  test("a temperature whose inverse is rounded", () => {
    const x = Float32Array.of(-73.62272, -164.382, 686.7219, 516.067, 34.877865, 39.14124, 501.42035);
    const { ulp } = worstError(
      library.logSoftmax(x, { temperature: 7 }),
      laneReference(x, 7).logSoftmax,
      "f32",
    );
    expect(ulp).toBeLessThanOrEqual(bound("logSoftmax", "f32", library.backend, 7));
  });
});

describe("published examples", () => {
  // Five significant digits, as printed.
  const examples = [
    [
      [-1, 0, 1],
      [9.0031e-2, 2.4473e-1, 6.6524e-1],
    ],
    [
      [-1, 0, 10],
      [1.6701e-5, 4.5397e-5, 9.9994e-1],
    ],
  ];
  describeBackends(({ softmax }) => {
    test.each(examples)("softmax(%j)", (x, expected) => {
      for (const result of [softmax(x), softmax(Float64Array.from(x)), softmax(Float32Array.from(x))]) {
        expect(Array.from(result, (p) => Number(p.toPrecision(5)))).toEqual(expected);
      }
    });
  });
});
