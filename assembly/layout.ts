/**
 * Which lanes make a group: a long row is one of its own, short rows are transposed so that each lane of a vector
 * is a row, and along a strided axis the lanes lie side by side already.
 */
import { MAX_GROUPS, PANEL, PANEL_VECTORS } from "./frame";
import { LOG_SUM_EXP, runColumns, runRow } from "./group";
import { lanes, loadPart, storePart, VECTOR } from "./lanes";
import { prepare } from "./prepare";

/** Rows up to this length are transposed; from about 300 on their horizontal sums cost less than that (measured). */
const SHORT: usize = 256;

/**
 * Runs `operation` over the outer · inner lanes of `length` elements at `src`, row-major [outer, length, inner].
 * `length` is at least 1; `inner` is any if that is at most PANEL_VECTORS, otherwise 1 or a multiple of the lanes.
 */
export function run<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  temperature: f64,
): void {
  assert(length > 0, "length is 0");
  assert(temperature > 0, "temperature is not positive");
  assert(inner > 0, "inner is 0");
  assert(
    length <= PANEL_VECTORS || inner === 1 || inner % lanes<T>() === 0,
    "inner is neither 1 nor a multiple of the lanes, and length is over 512",
  );
  prepare<T>(frame, temperature);
  if (inner > 1) runStrided<T>(frame, operation, src, dst, outer, length, inner);
  else if (length <= SHORT && outer > 1) runShortRows<T>(frame, operation, src, dst, outer, length);
  else runRows<T>(frame, operation, src, dst, outer, length);
}

function runRows<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  const bytes = length * sizeof<T>();
  const step = operation === LOG_SUM_EXP ? sizeof<T>() : bytes;
  for (; rows; --rows) {
    runRow<T>(frame, operation, src, dst, length);
    src += bytes;
    dst += step;
  }
}

function runStrided<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
): void {
  const step = inner * sizeof<T>();
  const rest = inner & (lanes<T>() - 1);
  const body = step - rest * sizeof<T>();
  if (rest) runLastColumns<T>(frame, operation, src + body, dst + body, outer, length, step, rest);
  for (; outer; --outer) {
    for (let column: usize = 0; column < body; column += MAX_GROUPS * VECTOR) {
      const groups = min((body - column) / VECTOR, MAX_GROUPS);
      runColumns<T>(frame, operation, src + column, dst + column, groups, VECTOR, length, step);
    }
    src += length * step;
    dst += operation === LOG_SUM_EXP ? step : length * step;
  }
}

/** The last `columns` of each slice, less than a vector of them: a few slices at a time, by way of the panel. */
function runLastColumns<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  step: usize,
  columns: usize,
): void {
  const panel = frame + PANEL;
  const most = min(PANEL_VECTORS / length, MAX_GROUPS);
  while (outer) {
    const groups = min(outer, most);
    const vectors = groups * length;
    for (let k: usize = 0; k < vectors; ++k) {
      v128.store(panel + k * VECTOR, loadPart<T>(src + k * step, columns));
    }
    runColumns<T>(frame, operation, panel, panel, groups, length * VECTOR, length, VECTOR);
    const results = operation === LOG_SUM_EXP ? groups : vectors;
    for (let k: usize = 0; k < results; ++k) {
      storePart<T>(dst + k * step, v128.load(panel + k * VECTOR), columns);
    }
    src += vectors * step;
    dst += results * step;
    outer -= groups;
  }
}

/** As many rows at a time as a few vectors have lanes; a last, incomplete vector repeats its last row. */
function runShortRows<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  const bytes = length * sizeof<T>();
  const panel = frame + PANEL;
  const apart = length * VECTOR;
  const most = min(PANEL_VECTORS / length, MAX_GROUPS) * lanes<T>();
  while (rows) {
    const batch = min(rows, most);
    const groups = (batch + lanes<T>() - 1) / lanes<T>();
    for (let g: usize = 0; g < groups; ++g) {
      const row = g * lanes<T>();
      gather<T>(panel + g * apart, src + row * bytes, bytes, batch - row - 1, length);
    }
    runColumns<T>(frame, operation, panel, panel, groups, apart, length, VECTOR);
    if (operation === LOG_SUM_EXP) {
      memory.copy(dst, panel, batch * sizeof<T>());
      dst += batch * sizeof<T>();
    } else {
      for (let g: usize = 0; g < groups; ++g) {
        const row = g * lanes<T>();
        scatter<T>(dst + row * bytes, bytes, batch - row - 1, panel + g * apart, length);
      }
      dst += batch * bytes;
    }
    src += batch * bytes;
    rows -= batch;
  }
}

/** Transposes rows, `bytes` apart from `src`, into a vector for each element; row `last` stands for those after it. */
function gather<T extends number>(panel: usize, src: usize, bytes: usize, last: usize, length: usize): void {
  const r1 = min<usize>(1, last) * bytes;
  const r2 = min<usize>(2, last) * bytes;
  const r3 = min<usize>(3, last) * bytes;
  if (length < lanes<T>()) {
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
  // The last step overlaps the one before it rather than reach beyond the rows.
  const end = length - lanes<T>();
  for (let i: usize = 0; ; i = min(i + lanes<T>(), end)) {
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

/** The way back. */
function scatter<T extends number>(dst: usize, bytes: usize, last: usize, panel: usize, length: usize): void {
  const r1 = min<usize>(1, last) * bytes;
  const r2 = min<usize>(2, last) * bytes;
  const r3 = min<usize>(3, last) * bytes;
  if (length < lanes<T>()) {
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
  const end = length - lanes<T>();
  for (let i: usize = 0; ; i = min(i + lanes<T>(), end)) {
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
