/** The maximum of a run of vectors, element by element. NaN is passed over; an empty run gives −∞. */
import { loadPart, VECTOR, width } from "./vectors";

/** Four accumulators hide the latency; `pmax` is one instruction where `max` is eight. */
export function maxRun<T extends number>(src: usize, count: usize, step: usize): v128 {
  let m0 = v128.splat<T>(<T>-Infinity);
  let m1 = m0;
  let m2 = m0;
  let m3 = m0;
  for (; count >= 4; count -= 4) {
    m0 = v128.pmax<T>(m0, v128.load(src));
    m1 = v128.pmax<T>(m1, v128.load(src + step));
    src += 2 * step;
    m2 = v128.pmax<T>(m2, v128.load(src));
    m3 = v128.pmax<T>(m3, v128.load(src + step));
    src += 2 * step;
  }
  for (; count; --count) {
    m0 = v128.pmax<T>(m0, v128.load(src));
    src += step;
  }
  return v128.pmax<T>(v128.pmax<T>(m0, m1), v128.pmax<T>(m2, m3));
}

/** The maximum of the row of `length` elements at `src`, element by element too. */
export function maxRow<T extends number>(src: usize, length: usize): v128 {
  const part = length & (width<T>() - 1);
  let max = maxRun<T>(src, length / width<T>(), VECTOR);
  if (part) max = v128.pmax<T>(max, loadPart<T>(src + (length - part) * sizeof<T>(), part));
  return max;
}

/** The largest element, in every place. */
export function joinMax<T extends number>(max: v128): v128 {
  if (sizeof<T>() === 4) max = v128.pmax<T>(max, v128.shuffle<i32>(max, max, 1, 0, 3, 2));
  return v128.pmax<T>(max, v128.shuffle<i64>(max, max, 1, 0));
}
