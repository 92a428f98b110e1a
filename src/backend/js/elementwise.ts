import { makeLogarithmTables } from "../../math/logarithms.js";
import { tables } from "../../math/tables.js";
import type { FloatArray } from "../../types.js";
import { type MapsF32, makeMapsF32, type Name } from "./elementwiseF32.js";
import { type MapsF64, makeMapsF64 } from "./elementwiseF64.js";

/** An operation on single elements in TypeScript, by its name. Where it takes one operand, `y` is not read. */
export type JsMap = (operation: string, x: FloatArray, y: FloatArray | undefined, out: FloatArray) => void;

/** Made once, on first use (2 ms). While there is only one closure, V8 takes the tables for constants. */
let maps: { readonly f32: MapsF32; readonly f64: MapsF64 } | undefined;

/** The closures for both element types. */
export function elementMaps(): { readonly f32: MapsF32; readonly f64: MapsF64 } {
  maps ??= makeMaps();
  return maps;
}

function makeMaps() {
  const logarithms = makeLogarithmTables();
  return { f32: makeMapsF32(tables(), logarithms), f64: makeMapsF64(tables(), logarithms) };
}

/**
 * The operations on single elements in TypeScript, where e = e^-|x|, or e^-|a - b|:
 *
 *   sigmoid = 1 / (1 + e), or e / (1 + e) where x < 0
 *   softplus = max(x, 0) + log(1 + e),  logSigmoid = min(x, 0) - log(1 + e)
 *   logAddExp = max(a, b) + log(1 + e)
 *   logDiffExp = a + log(1 - e) where e <= 1/2, else a + log p with p = 1 - e from the parts of the exponential
 *   logRatio = log(a / b) = k ln2 + log(1 + f) with c = 2^k b and f = (a - c) / c, of which a - c is exact
 *   logit = -log((1 - x) / x), likewise
 *
 * Bound: f32 js 0.51 ulp, f64 js 1.5 ulp
 * Witness: f64 js 1.47 ulp, logit(0.49902380872627355)
 * Witness of logDiffExp: f64 js 1.04 ulp, (-0.6031350213242639, -0.643738170385409)
 *
 * Where the maximum and the logarithm cancel, the ulps of logAddExp and of logDiffExp are those of the logarithm.
 */
export const mapElements: JsMap = (operation, x, y, out) => {
  const { f32, f64 } = elementMaps();
  // Without a second operand, none is read.
  const other = y ?? x;
  if (x.BYTES_PER_ELEMENT === 4) {
    f32[operation as Name](x as Float32Array, other as Float32Array, out as Float32Array);
  } else {
    f64[operation as Name](x as Float64Array, other as Float64Array, out as Float64Array);
  }
};
