/** Picks out the few elements of a run that may be among its largest. */
import { VECTOR, width } from "./vectors";

/**
 * Appends those of the `count` elements at `src` that are not below or at `limit`: NaN is always taken, and everything
 * where the limit is NaN. Values go to `values` as f64, indices to `indices` as i32, where `first` is that of the first element;
 * `held` counts both. Stops when there are `capacity` of them. Returns how many elements have been looked at.
 *
 * Sixteen vectors' worth of comparisons is all that most elements cost (measured: TIMES).
 */
export function collect<T extends number>(
  src: usize,
  count: i32,
  first: i32,
  limit: T,
  values: usize,
  indices: usize,
  held: usize,
  capacity: i32,
): i32 {
  const block = 4 * <i32>width<T>();
  const limits = v128.splat<T>(limit);
  let taken = load<i32>(held);
  let k: i32 = 0;
  while (k < count && taken < capacity) {
    const end = min(count, k + block);
    if (end - k === block) {
      const at = src + k * sizeof<T>();
      const low = v128.and(v128.le<T>(v128.load(at), limits), v128.le<T>(v128.load(at, VECTOR), limits));
      const high = v128.and(
        v128.le<T>(v128.load(at, 2 * VECTOR), limits),
        v128.le<T>(v128.load(at, 3 * VECTOR), limits),
      );
      if (i32x4.all_true(v128.and(low, high))) {
        k = end;
        continue;
      }
    }
    for (; k < end && taken < capacity; ++k) {
      const value = load<T>(src + k * sizeof<T>());
      if (value <= limit) continue;
      store<f64>(values + taken * 8, value);
      store<i32>(indices + taken * 4, first + k);
      ++taken;
    }
  }
  store<i32>(held, taken);
  return k;
}
