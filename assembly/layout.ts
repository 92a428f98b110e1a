/**
 * Which lanes make a group: a long row is one of its own, short rows are transposed so that each element of a vector
 * is of another row, and along a strided axis the lanes lie side by side already.
 */
import { LOGITS_ALONE, OTHER, PER_LANE } from "./abi";
import { prepareFor } from "./constants";
import { GROUPS, MAX_GROUPS, PANEL, PANEL_OTHER, PANEL_VECTORS } from "./frame";
import { isLong } from "./grid";
import { runGroups } from "./group";
import { runLong } from "./longLane";
import { giveParts, numberBytes, partsBytes, takeNumbers } from "./numbers";
import { isPrepared } from "./prepare";
import { isForShort, runOne, runShort, SHORT_FLOATS } from "./short";
import { gather, gatherColumns, scatter, scatterColumns } from "./transpose";
import { SHORT, VECTOR } from "./vectors";

/** Elements of rows that are computed at once: they stay in the fastest cache. */
const AT_ONCE: usize = 2048;

/**
 * Runs `operation` over the outer · inner lanes of `length` elements at `src`, row-major [outer, length, inner], with a
 * second operand at `other` and numbers of the lanes at `numbers` if it takes them; of each slice only the first
 * `columns` lanes, unless `inner` is 1. `length` is at least 1; where it is over PANEL_VECTORS, `columns` is a multiple of
 * the width. Elements have `size` bytes, 4 or 8: what does not compute is the same code for both.
 */
export function run(
  size: usize,
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  columns: usize,
  temperature: f64,
  other: usize,
  numbers: usize,
): void {
  const width = VECTOR / size;
  assert(length > 0, "length is 0");
  assert(temperature > 0, "temperature is not positive");
  assert(inner > 0, "inner is 0");
  assert(inner === 1 || (columns > 0 && columns <= inner), "columns is not between 1 and inner");
  assert(
    length <= PANEL_VECTORS || inner === 1 || columns % width === 0,
    "columns is not a multiple of the width, and length is over 512",
  );
  prepareFor(size, frame, operation, temperature);
  if (size === 4 && inner === 1 && length <= SHORT_FLOATS && isForShort(operation)) {
    runShort(frame, operation, src, other, numbers, dst, outer, length);
    return;
  }
  if (inner > 1) {
    runStrided(size, frame, operation, src, other, numbers, dst, outer, length, inner, columns);
  } else if (length <= SHORT && outer > 1) {
    runShortRows(size, frame, operation, src, other, numbers, dst, outer, length);
  } else {
    runRows(size, frame, operation, src, other, numbers, dst, outer, length);
  }
}

/** `run` for one row in place that takes nothing but its elements. */
export function lane(
  size: usize,
  frame: usize,
  operation: i32,
  at: usize,
  length: usize,
  temperature: f64,
): void {
  if (size === 4 && length <= SHORT_FLOATS && operation & LOGITS_ALONE && isPrepared(frame, 4, temperature)) {
    runOne(frame, operation, at, length);
  } else {
    run(size, frame, operation, at, at, 1, length, 1, 1, temperature, 0, 0);
  }
}

/** Bytes of the results of a lane of `length` elements. */
function resultBytes(size: usize, operation: i32, length: usize): usize {
  if (operation & PER_LANE) return partsBytes(operation) || size;
  return length * size;
}

function runRows(
  size: usize,
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  const long = isLong(length, 1);
  const most = long ? 1 : min(max<usize>(AT_ONCE / length, 1), MAX_GROUPS);
  const bytes = length * size;
  const number = numberBytes(operation);
  while (rows) {
    const batch = min(rows, most);
    if (long) {
      runLong(size, frame, operation, src, other, dst, length, 1, 1, numbers);
    } else {
      takeNumbers(size, frame + GROUPS, operation, numbers, number, 1, batch);
      runGroups(size, frame, operation, src, other, dst, batch, bytes, length, 0);
      giveParts(size, frame + GROUPS, operation, dst, partsBytes(operation), 1, batch);
    }
    src += batch * bytes;
    other += batch * bytes;
    numbers += batch * number;
    dst += batch * resultBytes(size, operation, length);
    rows -= batch;
  }
}

function runStrided(
  size: usize,
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
  const width = VECTOR / size;
  const step = inner * size;
  const rest = columns & (width - 1);
  const body = columns - rest;
  const number = numberBytes(operation);
  const result = partsBytes(operation) || size;
  if (rest) {
    const at = body * size;
    runLastColumns(
      size,
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
  const long = isLong(length, inner);
  for (; outer; --outer) {
    if (long) runLong(size, frame, operation, src, other, dst, length, inner, body, numbers);
    for (let column: usize = 0; column < body && !long; column += MAX_GROUPS * width) {
      const at = column * size;
      const to = dst + column * result;
      const count = min(body - column, MAX_GROUPS * width);
      const groups = count / width;
      takeNumbers(size, frame + GROUPS, operation, numbers + column * number, width * number, width, count);
      runGroups(size, frame, operation, src + at, other + at, to, groups, VECTOR, length, step);
      giveParts(size, frame + GROUPS, operation, to, width * partsBytes(operation), width, count);
    }
    src += length * step;
    other += length * step;
    numbers += inner * number;
    dst += resultBytes(size, operation, length) * inner;
  }
}

/** `columns` of each slice, less than a vector of them: a few slices at a time, by way of the panel. */
function runLastColumns(
  size: usize,
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
  const step = inner * size;
  const apart = inner * numberBytes(operation);
  const most = min(PANEL_VECTORS / length, MAX_GROUPS);
  while (outer) {
    const groups = min(outer, most);
    const vectors = groups * length;
    takeColumns(size, panel, src, step, vectors, columns);
    if (operation & OTHER) takeColumns(size, panelOther, other, step, vectors, columns);
    takeNumbers(size, frame + GROUPS, operation, numbers, apart, columns, groups * columns);
    runGroups(size, frame, operation, panel, panelOther, panel, groups, length * VECTOR, length, VECTOR);
    giveParts(size, frame + GROUPS, operation, dst, inner * partsBytes(operation), columns, groups * columns);
    if (partsBytes(operation) === 0) {
      const results = operation & PER_LANE ? groups : vectors;
      if (size === 4) scatterColumns<f32>(dst, step, panel, results, columns);
      else scatterColumns<f64>(dst, step, panel, results, columns);
    }
    src += vectors * step;
    other += vectors * step;
    numbers += groups * apart;
    dst += groups * inner * resultBytes(size, operation, length);
    outer -= groups;
  }
}

/** As many rows at a time as a few vectors have elements; a last, incomplete vector repeats its last row. */
function runShortRows(
  size: usize,
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
): void {
  const width = VECTOR / size;
  const bytes = length * size;
  const panel = frame + PANEL;
  const panelOther = frame + PANEL_OTHER;
  const apart = length * VECTOR;
  const number = numberBytes(operation);
  const most = min(PANEL_VECTORS / length, MAX_GROUPS) * width;
  while (rows) {
    const batch = min(rows, most);
    const groups = (batch + width - 1) / width;
    for (let g: usize = 0; g < groups; ++g) {
      const row = g * width;
      if (size === 4) gather<f32>(panel + g * apart, src + row * bytes, bytes, batch - row - 1, length);
      else gather<f64>(panel + g * apart, src + row * bytes, bytes, batch - row - 1, length);
      if (operation & OTHER) {
        if (size === 4)
          gather<f32>(panelOther + g * apart, other + row * bytes, bytes, batch - row - 1, length);
        else gather<f64>(panelOther + g * apart, other + row * bytes, bytes, batch - row - 1, length);
      }
    }
    takeNumbers(size, frame + GROUPS, operation, numbers, width * number, width, batch);
    runGroups(size, frame, operation, panel, panelOther, panel, groups, apart, length, VECTOR);
    giveParts(size, frame + GROUPS, operation, dst, width * partsBytes(operation), width, batch);
    if (operation & PER_LANE) {
      if (partsBytes(operation) === 0) memory.copy(dst, panel, batch * size);
    } else {
      for (let g: usize = 0; g < groups; ++g) {
        const row = g * width;
        if (size === 4) scatter<f32>(dst + row * bytes, bytes, batch - row - 1, panel + g * apart, length);
        else scatter<f64>(dst + row * bytes, bytes, batch - row - 1, panel + g * apart, length);
      }
    }
    src += batch * bytes;
    other += batch * bytes;
    numbers += batch * number;
    dst += batch * resultBytes(size, operation, length);
    rows -= batch;
  }
}

function takeColumns(size: usize, panel: usize, src: usize, step: usize, count: usize, columns: usize): void {
  if (size === 4) gatherColumns<f32>(panel, src, step, count, columns);
  else gatherColumns<f64>(panel, src, step, count, columns);
}
