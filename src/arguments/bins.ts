import { describe } from "../describe.js";

/** How many bins to count in. */
export function readBins(caller: string, bins: unknown): number {
  if (bins === undefined) return 15;
  if (typeof bins === "number" && Number.isInteger(bins) && bins >= 1 && bins <= 1e6) return bins;
  const message = `${caller}: bins must be an integer from 1 to 1000000, got ${describe(bins)}`;
  throw typeof bins === "number" ? new RangeError(message) : new TypeError(message);
}
