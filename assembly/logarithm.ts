/**
 * From OTHERS, the sum of the terms without the largest one, relative to it, to the logarithm of the sum:
 *
 *   log-sum-exp(x) = max / T + LOGARITHM,  LOGARITHM = log1p(OTHERS)
 *
 * The logarithm of a rounded 1 + OTHERS would lose all digits where the maximum dominates.
 */
import { INVERSE_F64, LANE, LANE_SECOND, LOGARITHM, MAX, NORMALIZER, OTHERS, OTHERS_LOW } from "./frame";
import { log1p } from "./log";
import { halves, VECTOR, widen } from "./vectors";

/** Copies OTHERS, whose place LOGARITHM takes, to LANE, and its low part to LANE_SECOND. */
export function keepOthers<T extends number>(group: usize): void {
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const others = v128.load(at, OTHERS);
    const low = v128.load(at, OTHERS_LOW);
    const rounded = f64x2.add(others, low);
    v128.store(at, rounded, LANE);
    v128.store(at, f64x2.add(f64x2.sub(others, rounded), low), LANE_SECOND);
  }
}

/** LOGARITHM and NORMALIZER from OTHERS. */
export function takeLogarithm<T extends number>(frame: usize, group: usize): void {
  const inverse = v128.load(frame, INVERSE_F64);
  const max = v128.load(group, MAX);
  for (let half = 0; half < halves<T>(); ++half) {
    const at = group + half * VECTOR;
    const logarithm = log1p<T>(frame, v128.load(at, OTHERS), v128.load(at, OTHERS_LOW));
    v128.store(at, logarithm, LOGARITHM);
    v128.store(at, f64x2.add(f64x2.mul(widen<T>(max, half), inverse), logarithm), NORMALIZER);
  }
}
