/** Lanes side by side, as groups of as many lanes as a vector has elements. */
import { OTHER, PER_LANE } from "./abi";
import { GROUPS, MAX_GROUPS, PANEL, PANEL_OTHER, PANEL_VECTORS } from "./frame";
import { isLong } from "./grid";
import { runGroups } from "./group";
import { runLong } from "./longLane";
import { giveParts, numberBytes, partsBytes, resultBytes, takeNumbers } from "./numbers";
import { gatherColumns, scatterColumns } from "./transpose";
import { VECTOR } from "./vectors";

/** The first `columns` lanes of each slice of `inner` lanes. */
export function runColumns(
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

/**
 * The last `columns` lanes of each slice, which are fewer than the elements of a vector. A few slices at a time go to
 * the panel, where each has vectors of its own.
 */
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

function takeColumns(size: usize, panel: usize, src: usize, step: usize, count: usize, columns: usize): void {
  if (size === 4) gatherColumns<f32>(panel, src, step, count, columns);
  else gatherColumns<f64>(panel, src, step, count, columns);
}
