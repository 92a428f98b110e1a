import type { FloatArray, Layout } from "../types.js";
import { readOperand } from "./arrays.js";
import { asXOrLane } from "./mask.js";

/** The weights w in Σ w exp(x / T), as long as x or as one lane. Undefined if there are none. */
export function readWeights(
  caller: string,
  weights: unknown,
  x: FloatArray,
  { length }: Layout,
): FloatArray | undefined {
  if (weights === undefined) return undefined;
  const isLane = (weights as FloatArray | null)?.length === length;
  return isLane
    ? readOperand(caller, "weights", weights, x, length, "as one lane is")
    : readOperand(caller, "weights", weights, x, x.length, asXOrLane(x.length, length));
}
