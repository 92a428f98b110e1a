import { beforeAll, describe, expect, test } from "vitest";
import { PER_LANE } from "../assembly/abi.js";
import type { SyncBackend } from "../src/backend/backend.js";
import { select } from "../src/backend/select.js";
import type { FloatArray, Operands, Resident } from "../src/types.js";
import { backends } from "./support/backends.js";
import { type Lanes, rows, strided, vector } from "./support/lanes.js";
import { once } from "./support/once.js";
import { operandsFor, outFor } from "./support/operands.js";
import { type LaneName, laneNames, laneOperation } from "./support/operations.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";
import type { ElementType } from "./support/ulp.js";

/**
 * Lanes that are longer than a tile of 128 KiB. Rows of more than 65,536 elements, and columns of more than 2,048, are computed
 * piece by piece.
 */
const layouts: { readonly [title: string]: (type: ElementType) => Lanes } = {
  "a row": (type) => vector(normal(type, 40_003, 3, 1)),
  "a row in chunks": (type) => vector(normal(type, 70_001, 3, 2)),
  "a row longer than the window": (type) => vector(normal(type, 300_007, 3, 6)),
  "three rows": (type) => rows(normal(type, 3 * 40_003, 3, 3), 40_003),
  "columns in whole vectors": (type) => strided(normal(type, 9001 * 8, 3, 4), 9001, 8),
  "columns, not in whole vectors": (type) => strided(normal(type, 9001 * 33, 3, 5), 9001, 33),
};

const given = once<Lanes>();

function run(
  backend: SyncBackend,
  name: LaneName,
  { x, outer, length, inner }: Lanes,
  operands: Operands | undefined,
  out: FloatArray,
): FloatArray {
  backend.run(laneOperation(name), x, out, { outer, length, inner }, 0.8, operands);
  return out;
}

describe.each(backends.filter((name) => name !== "js"))("%s", (name) => {
  let alone: SyncBackend;
  /** Holds resident arrays, so that its memory may not grow during a call. */
  let beside: SyncBackend;
  beforeAll(() => {
    alone = select({ backend: name });
    beside = select({ backend: name });
    beside.allocate("f32", 10);
  });

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    describe.each(Object.entries(layouts))("%s", (title, make) => {
      test.each(laneNames)("%s has the same bits with and without resident arrays", (operation) => {
        const lanes = given(`${type} ${title}`, () => make(type));
        const operands = operandsFor(operation, type, lanes);
        const expected = run(alone, operation, lanes, operands, outFor(operation, lanes));
        expectSame(run(beside, operation, lanes, operands, outFor(operation, lanes)), expected);

        const x = beside.allocate(type, lanes.x.length) as Resident;
        x.view.set(lanes.x);
        expectSame(
          run(beside, operation, { ...lanes, x: x.view }, operands, outFor(operation, lanes)),
          expected,
        );
        if (!(laneOperation(operation).code & PER_LANE)) {
          expectSame(run(beside, operation, { ...lanes, x: x.view }, operands, x.view), expected);
          x.view.set(lanes.x);
          const y = operands?.y && (beside.allocate(type, operands.y.length) as Resident);
          if (y) {
            y.view.set(operands.y as FloatArray);
            expectSame(run(beside, operation, lanes, { ...operands, y: y.view }, y.view), expected);
            y.free();
          }
        }
        x.free();
      });

      test("masks too", () => {
        const lanes = given(`${type} ${title}`, () => make(type));
        const mask = Uint8Array.from({ length: lanes.x.length }, (_, k) => Number(k % 7 > 1));
        const x = beside.allocate(type, lanes.x.length) as Resident;
        x.view.set(lanes.x);
        for (const name of ["softmax", "logSoftmax", "logSumExp", "entropy"] as const) {
          const masked = (backend: SyncBackend, x = lanes.x) =>
            run(backend, name, { ...lanes, x }, { mask }, outFor(name, lanes));
          expectSame(masked(beside), masked(alone));
          expectSame(masked(beside, x.view), masked(alone));
        }
        x.free();
      });
    });
  });

  test("a lane in kernels has other bits than one in TypeScript, so these tests can fail", () => {
    const lanes = layouts["a row"]("f32");
    const js = run(select({ backend: "js" }), "softmax", lanes, undefined, outFor("softmax", lanes));
    const kernels = run(alone, "softmax", lanes, undefined, outFor("softmax", lanes));
    expect(kernels.some((p, k) => p !== js[k])).toBe(true);
  });
});
