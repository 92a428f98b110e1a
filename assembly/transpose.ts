/**
 * To the panel and back: short rows, transposed so that each element of a vector is of another row, and columns too few
 * for a vector.
 */
import { loadPart, storePart, VECTOR, width } from "./vectors";

/**
 * Transposes the rows at `src`, `bytes` apart, into a vector for each element of a row. Row `last` also stands for
 * those after it.
 */
export function gather<T extends number>(
  panel: usize,
  src: usize,
  bytes: usize,
  last: usize,
  length: usize,
): void {
  if (last === 0) {
    for (; length; --length) {
      v128.store(panel, sizeof<T>() === 4 ? v128.load32_splat(src) : v128.load64_splat(src));
      panel += VECTOR;
      src += sizeof<T>();
    }
    return;
  }
  const r1 = min<usize>(1, last) * bytes;
  const r2 = min<usize>(2, last) * bytes;
  const r3 = min<usize>(3, last) * bytes;
  if (length < width<T>()) {
    for (let i: usize = 0; i < length; ++i) {
      const to = panel + i * VECTOR;
      const from = src + i * sizeof<T>();
      store<T>(to, load<T>(from));
      store<T>(to + sizeof<T>(), load<T>(from + r1));
      if (sizeof<T>() === 4) {
        store<T>(to + 8, load<T>(from + r2));
        store<T>(to + 12, load<T>(from + r3));
      }
    }
    return;
  }
  // The last step overlaps the one before it, so that it does not reach beyond the rows.
  const end = length - width<T>();
  for (let i: usize = 0; ; i = min(i + width<T>(), end)) {
    const from = src + i * sizeof<T>();
    const to = panel + i * VECTOR;
    const a = v128.load(from);
    const b = v128.load(from + r1);
    if (sizeof<T>() === 8) {
      v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
      v128.store(to, v128.shuffle<i64>(a, b, 1, 3), VECTOR);
    } else {
      const c = v128.load(from + r2);
      const d = v128.load(from + r3);
      const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
      const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
      const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
      const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
      v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), VECTOR);
      v128.store(to, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 2 * VECTOR);
      v128.store(to, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 3 * VECTOR);
    }
    if (i === end) return;
  }
}

/** `gather` back to the rows. */
export function scatter<T extends number>(
  dst: usize,
  bytes: usize,
  last: usize,
  panel: usize,
  length: usize,
): void {
  if (last === 0) {
    for (; length; --length) {
      store<T>(dst, load<T>(panel));
      panel += VECTOR;
      dst += sizeof<T>();
    }
    return;
  }
  const r1 = min<usize>(1, last) * bytes;
  const r2 = min<usize>(2, last) * bytes;
  const r3 = min<usize>(3, last) * bytes;
  if (length < width<T>()) {
    for (let i: usize = 0; i < length; ++i) {
      const from = panel + i * VECTOR;
      const to = dst + i * sizeof<T>();
      if (sizeof<T>() === 4) {
        store<T>(to + r3, load<T>(from + 12));
        store<T>(to + r2, load<T>(from + 8));
      }
      store<T>(to + r1, load<T>(from + sizeof<T>()));
      store<T>(to, load<T>(from));
    }
    return;
  }
  const end = length - width<T>();
  for (let i: usize = 0; ; i = min(i + width<T>(), end)) {
    const from = panel + i * VECTOR;
    const to = dst + i * sizeof<T>();
    const a = v128.load(from);
    const b = v128.load(from, VECTOR);
    if (sizeof<T>() === 8) {
      v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
      v128.store(to + r1, v128.shuffle<i64>(a, b, 1, 3));
    } else {
      const c = v128.load(from, 2 * VECTOR);
      const d = v128.load(from, 3 * VECTOR);
      const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
      const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
      const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
      const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
      v128.store(to + r1, v128.shuffle<i64>(ab, cd, 1, 3));
      v128.store(to + r2, v128.shuffle<i64>(abHigh, cdHigh, 0, 2));
      v128.store(to + r3, v128.shuffle<i64>(abHigh, cdHigh, 1, 3));
    }
    if (i === end) return;
  }
}

/**
 * The first `columns` elements of each of `count` rows, `step` bytes apart; they are fewer than the elements of a
 * vector.
 */
export function gatherColumns<T extends number>(
  panel: usize,
  src: usize,
  step: usize,
  count: usize,
  columns: usize,
): void {
  for (; count; --count) {
    v128.store(panel, loadPart<T>(src, columns));
    panel += VECTOR;
    src += step;
  }
}

/** `gatherColumns` back to the rows. */
export function scatterColumns<T extends number>(
  dst: usize,
  step: usize,
  panel: usize,
  count: usize,
  columns: usize,
): void {
  for (; count; --count) {
    storePart<T>(dst, v128.load(panel), columns);
    dst += step;
    panel += VECTOR;
  }
}
