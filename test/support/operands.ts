/** Arguments for the operations of a backend. */
import { PER_LANE } from "../../assembly/abi.js";
import { partsOf } from "../../src/backend/backend.js";
import type { FloatArray, Operands } from "../../src/types.js";
import type { Lanes } from "./lanes.js";
import { type LaneName, laneOperation } from "./operations.js";
import { random, uniform } from "./random.js";
import type { ElementType } from "./ulp.js";

/** How many numbers a lane gives; undefined where it gives one per element. */
export function resultsPerLane(operation: LaneName): number | undefined {
  const { code } = laneOperation(operation);
  return code & PER_LANE ? partsOf(code) || 1 : undefined;
}

/** A new array for the results, filled with what none of them is. */
export function outFor(operation: LaneName, { x, outer, inner }: Lanes): FloatArray {
  const each = resultsPerLane(operation);
  const length = each === undefined ? x.length : each * outer * inner;
  const isDouble = operation.endsWith("Parts") || x.BYTES_PER_ELEMENT === 8;
  return (isDouble ? new Float64Array(length) : new Float32Array(length)).fill(1234.5);
}

/** The operands that an operation takes. */
export function operandsFor(operation: LaneName, type: ElementType, lanes: Lanes): Operands | undefined {
  const { x, outer, length, inner } = lanes;
  const next = random(length);
  const numbers = Float64Array.from({ length: outer * inner }, () => 4 * next() - 1);
  const y = () => uniform(type, x.length, -0.5, 2, 8);
  if (operation.startsWith("normalized") || ["logSumExpVjp", "alr"].includes(operation)) return { numbers };
  if (operation === "crossEntropyTargetsGrad") return { y: y(), numbers };
  if (operation === "crossEntropyGrad") {
    const pairs = Array.from(numbers, (coefficient) => [coefficient, Math.floor(next() * length)]);
    return { numbers: Float64Array.from(pairs.flat()) };
  }
  const takesY = operation === "weightedParts" || operation.endsWith("maxVjp");
  return takesY ? { y: y() } : undefined;
}
