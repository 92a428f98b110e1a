/** Rows, as groups: each by itself, or transposed so that rows lie side by side in the panel. */
import { OTHER, PER_LANE } from "./abi";
import { GROUPS, MAX_GROUPS, PANEL, PANEL_OTHER, PANEL_VECTORS } from "./frame";
import { isLong } from "./grid";
import { runGroups } from "./group";
import { runLong } from "./longLane";
import { giveParts, numberBytes, partsBytes, resultBytes, takeNumbers } from "./numbers";
import { mostShort, runShort, SHORT_VECTORS } from "./short";
import { runShortF64 } from "./shortF64";
import { gather, scatter } from "./transpose";
import { VECTOR } from "./vectors";

/** Elements of rows that are computed at once: they stay in the fastest cache. */
const AT_ONCE: usize = 2048;

/** Each row is a group. If `isShort`, which is for f32, the kernels of `short.ts` compute. */
export function runRows(
  size: usize,
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
  isShort: bool,
): void {
  const long = !isShort && isLong(length, 1);
  let most: usize = 1;
  if (isShort) most = mostShort((length + 3) / 4);
  else if (!long) most = min(max<usize>(AT_ONCE / length, 1), MAX_GROUPS);
  const bytes = length * size;
  const number = numberBytes(operation);
  while (rows) {
    const batch = min(rows, most);
    if (long) {
      runLong(size, frame, operation, src, other, dst, length, 1, 1, numbers);
    } else {
      takeNumbers(size, frame + GROUPS, operation, numbers, number, 1, batch);
      if (isShort) runShort(frame, operation, src, other, dst, batch, bytes, length, 0);
      else runGroups(size, frame, operation, src, other, dst, batch, bytes, length, 0);
      giveParts(size, frame + GROUPS, operation, dst, partsBytes(operation), 1, batch);
    }
    src += batch * bytes;
    other += batch * bytes;
    numbers += batch * number;
    dst += batch * resultBytes(size, operation, length);
    rows -= batch;
  }
}

/**
 * Rows of up to SHORT elements, as many to a group as a vector has elements. A last, incomplete vector repeats the last
 * row.
 */
export function runTransposed(
  size: usize,
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  numbers: usize,
  dst: usize,
  rows: usize,
  length: usize,
  isShort: bool,
): void {
  const width = VECTOR / size;
  const bytes = length * size;
  const apart = length * VECTOR;
  const panel = frame + PANEL;
  const panelOther = isShort && size === 4 ? panel + SHORT_VECTORS * VECTOR : frame + PANEL_OTHER;
  const number = numberBytes(operation);
  const most = (isShort && size === 4 ? mostShort(length) : min(PANEL_VECTORS / length, MAX_GROUPS)) * width;
  while (rows) {
    const batch = min(rows, most);
    const groups = (batch + width - 1) / width;
    gatherRows(size, panel, src, batch, length);
    if (operation & OTHER) gatherRows(size, panelOther, other, batch, length);
    takeNumbers(size, frame + GROUPS, operation, numbers, width * number, width, batch);
    if (!isShort) {
      runGroups(size, frame, operation, panel, panelOther, panel, groups, apart, length, VECTOR);
    } else if (size === 4) {
      runShort(frame, operation, panel, panelOther, panel, groups, apart, length, VECTOR);
    } else {
      runShortF64(frame, operation, panel, panel, groups, apart, length, false);
    }
    giveParts(size, frame + GROUPS, operation, dst, width * partsBytes(operation), width, batch);
    if (!(operation & PER_LANE)) scatterRows(size, dst, panel, batch, length);
    else if (partsBytes(operation) === 0) memory.copy(dst, panel, batch * size);
    src += batch * bytes;
    other += batch * bytes;
    numbers += batch * number;
    dst += batch * resultBytes(size, operation, length);
    rows -= batch;
  }
}

/** Transposes rows into the panel, one group after the other. */
function gatherRows(size: usize, panel: usize, src: usize, rows: usize, length: usize): void {
  const width = VECTOR / size;
  const bytes = length * size;
  for (let row: usize = 0; row < rows; row += width) {
    if (size === 4) gather<f32>(panel, src, bytes, rows - row - 1, length);
    else gather<f64>(panel, src, bytes, rows - row - 1, length);
    panel += length * VECTOR;
    src += width * bytes;
  }
}

/** `gatherRows` back to the rows. */
function scatterRows(size: usize, dst: usize, panel: usize, rows: usize, length: usize): void {
  const width = VECTOR / size;
  const bytes = length * size;
  for (let row: usize = 0; row < rows; row += width) {
    if (size === 4) scatter<f32>(dst, bytes, rows - row - 1, panel, length);
    else scatter<f64>(dst, bytes, rows - row - 1, panel, length);
    panel += length * VECTOR;
    dst += width * bytes;
  }
}
