/**
 * Which lanes make a group: a long row is one of its own, short rows are transposed so that each lane of a vector
 * is a row, and along a strided axis the lanes lie side by side already.
 */
import { GROUPS, MAX_GROUPS, PANEL, PANEL_OTHER, PANEL_VECTORS, RECORD } from "./frame";
import { giveParts, runColumns, runRow, takeNumbers } from "./group";
import { lanes, loadPart, storePart, VECTOR } from "./lanes";
import {
  givesLogarithms,
  LOG_SOFTMAX_VJP,
  LOG_SUM_EXP,
  numberBytes,
  partsBytes,
  SOFTMAX_VJP,
  takesOther,
} from "./operations";
import { prepare, prepareLog } from "./prepare";
import { gather, scatter } from "./transpose";
import { prepareVjp } from "./vjp";

/** Rows up to this length are transposed; from about 300 on their horizontal sums cost less than that (measured). */
const SHORT: usize = 256;

/**
 * Runs `operation` over the outer · inner lanes of `length` elements at `src`, row-major [outer, length, inner], with a
 * second operand at `other` and numbers of the lanes at `numbers` if it takes them. `length` is at least 1; `inner` is
 * any if that is at most PANEL_VECTORS, otherwise 1 or a multiple of the lanes.
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
  other: usize,
  numbers: usize,
): void {
  assert(length > 0, "length is 0");
  assert(temperature > 0, "temperature is not positive");
  assert(inner > 0, "inner is 0");
  assert(
    length <= PANEL_VECTORS || inner === 1 || inner % lanes<T>() === 0,
    "inner is neither 1 nor a multiple of the lanes, and length is over 512",
  );
  if (operation === SOFTMAX_VJP || operation === LOG_SOFTMAX_VJP) {
    prepareVjp<T>(frame, operation, temperature);
  } else {
    prepare<T>(frame, temperature);
    if (givesLogarithms(operation)) prepareLog(frame);
  }
  if (inner > 1) {
    runStrided<T>(frame, operation, src, other, numbers, dst, outer, length, inner);
  } else if (length <= SHORT && outer > 1) {
    runShortRows<T>(frame, operation, src, other, numbers, dst, outer, length);
  } else {
    runRows<T>(frame, operation, src, other, numbers, dst, outer, length);
  }
}

/** Bytes of the results of a lane of `length` elements. */
function resultBytes<T extends number>(operation: i32, length: usize): usize {
  if (operation === LOG_SUM_EXP) return sizeof<T>();
  return partsBytes(operation) || length * sizeof<T>();
}

function runRows<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  for (; rows; --rows) {
    takeGroups<T>(frame, operation, numbers, 0, 1, 1);
    runRow<T>(frame, operation, src, other, dst, length);
    giveGroups<T>(frame, operation, dst, 0, 1, 1);
    src += length * sizeof<T>();
    other += length * sizeof<T>();
    numbers += numberBytes(operation);
    dst += resultBytes<T>(operation, length);
  }
}

function runStrided<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
): void {
  const step = inner * sizeof<T>();
  const rest = inner & (lanes<T>() - 1);
  const body = inner - rest;
  const number = numberBytes(operation);
  const result = partsBytes(operation) || sizeof<T>();
  if (rest) {
    const at = body * sizeof<T>();
    runLastColumns<T>(
      frame,
      operation,
      src + at,
      other + at,
      numbers + body * number,
      dst + body * result,
      outer,
      length,
      inner,
      rest,
    );
  }
  for (; outer; --outer) {
    for (let column: usize = 0; column < body; column += MAX_GROUPS * lanes<T>()) {
      const at = column * sizeof<T>();
      const to = dst + column * result;
      const columns = min(body - column, MAX_GROUPS * lanes<T>());
      const groups = columns / lanes<T>();
      takeGroups<T>(frame, operation, numbers + column * number, lanes<T>() * number, lanes<T>(), columns);
      runColumns<T>(frame, operation, src + at, other + at, to, groups, VECTOR, length, step);
      giveGroups<T>(frame, operation, to, lanes<T>() * partsBytes(operation), lanes<T>(), columns);
    }
    src += length * step;
    other += length * step;
    numbers += inner * number;
    dst += resultBytes<T>(operation, length) * inner;
  }
}

/** The last `columns` of each slice, less than a vector of them: a few slices at a time, by way of the panel. */
function runLastColumns<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  columns: usize,
): void {
  const panel = frame + PANEL;
  const panelOther = frame + PANEL_OTHER;
  const step = inner * sizeof<T>();
  const apart = inner * numberBytes(operation);
  const most = min(PANEL_VECTORS / length, MAX_GROUPS);
  while (outer) {
    const groups = min(outer, most);
    const vectors = groups * length;
    for (let k: usize = 0; k < vectors; ++k) {
      v128.store(panel + k * VECTOR, loadPart<T>(src + k * step, columns));
      if (takesOther(operation)) {
        v128.store(panelOther + k * VECTOR, loadPart<T>(other + k * step, columns));
      }
    }
    takeGroups<T>(frame, operation, numbers, apart, columns, groups * columns);
    runColumns<T>(frame, operation, panel, panelOther, panel, groups, length * VECTOR, length, VECTOR);
    giveGroups<T>(frame, operation, dst, inner * partsBytes(operation), columns, groups * columns);
    if (partsBytes(operation) === 0) {
      const results = operation === LOG_SUM_EXP ? groups : vectors;
      for (let k: usize = 0; k < results; ++k) {
        storePart<T>(dst + k * step, v128.load(panel + k * VECTOR), columns);
      }
    }
    src += vectors * step;
    other += vectors * step;
    numbers += groups * apart;
    dst += groups * inner * resultBytes<T>(operation, length);
    outer -= groups;
  }
}

/** As many rows at a time as a few vectors have lanes; a last, incomplete vector repeats its last row. */
function runShortRows<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  const bytes = length * sizeof<T>();
  const panel = frame + PANEL;
  const panelOther = frame + PANEL_OTHER;
  const apart = length * VECTOR;
  const number = numberBytes(operation);
  const most = min(PANEL_VECTORS / length, MAX_GROUPS) * lanes<T>();
  while (rows) {
    const batch = min(rows, most);
    const groups = (batch + lanes<T>() - 1) / lanes<T>();
    for (let g: usize = 0; g < groups; ++g) {
      const row = g * lanes<T>();
      gather<T>(panel + g * apart, src + row * bytes, bytes, batch - row - 1, length);
      if (takesOther(operation)) {
        gather<T>(panelOther + g * apart, other + row * bytes, bytes, batch - row - 1, length);
      }
    }
    takeGroups<T>(frame, operation, numbers, lanes<T>() * number, lanes<T>(), batch);
    runColumns<T>(frame, operation, panel, panelOther, panel, groups, apart, length, VECTOR);
    giveGroups<T>(frame, operation, dst, lanes<T>() * partsBytes(operation), lanes<T>(), batch);
    if (operation === LOG_SUM_EXP) {
      memory.copy(dst, panel, batch * sizeof<T>());
    } else if (partsBytes(operation) === 0) {
      for (let g: usize = 0; g < groups; ++g) {
        const row = g * lanes<T>();
        scatter<T>(dst + row * bytes, bytes, batch - row - 1, panel + g * apart, length);
      }
    }
    src += batch * bytes;
    other += batch * bytes;
    numbers += batch * number;
    dst += batch * resultBytes<T>(operation, length);
    rows -= batch;
  }
}

/** Takes the numbers of `count` lanes, so many to a group; those of the groups are `apart` bytes apart from `from`. */
function takeGroups<T extends number>(
  frame: usize,
  operation: i32,
  from: usize,
  apart: usize,
  perGroup: usize,
  count: usize,
): void {
  if (numberBytes(operation) === 0) return;
  let group = frame + GROUPS;
  for (; count; group += RECORD) {
    const valid = min(count, perGroup);
    takeNumbers<T>(group, operation, from, valid);
    from += apart;
    count -= valid;
  }
}

/** The same for results that are parts. */
function giveGroups<T extends number>(
  frame: usize,
  operation: i32,
  to: usize,
  apart: usize,
  perGroup: usize,
  count: usize,
): void {
  if (partsBytes(operation) === 0) return;
  let group = frame + GROUPS;
  for (; count; group += RECORD) {
    const valid = min(count, perGroup);
    giveParts<T>(group, operation, to, valid);
    to += apart;
    count -= valid;
  }
}
