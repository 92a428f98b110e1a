/** The maximum of a run of vectors, element by element. It passes over NaN, and an empty run gives −∞. */
import { loadPart, strideOf, tailOf, wholeVectors } from "./vectors";

/** Four maxima at once hide the latency. `pmax` is one instruction, `max` eight. */
function maxRun<T extends number>(src: usize, count: usize, step: usize): v128 {
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

/** The maximum of a group, element by element. */
export function maxOf<T extends number>(src: usize, length: usize, step: usize): v128 {
  const max = maxRun<T>(src, wholeVectors<T>(length, step), strideOf(step));
  const part = tailOf<T>(length, step);
  return part ? v128.pmax<T>(max, loadPart<T>(src + (length - part) * sizeof<T>(), part)) : max;
}

/** The largest element, in every place. */
export function joinMax<T extends number>(max: v128): v128 {
  if (sizeof<T>() === 4) max = v128.pmax<T>(max, v128.shuffle<i32>(max, max, 1, 0, 3, 2));
  return v128.pmax<T>(max, v128.shuffle<i64>(max, max, 1, 0));
}
