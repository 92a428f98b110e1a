/**
 * Which lanes make a group. A long row is a group by itself. Short rows are transposed, so that each element of a
 * vector is of another row. Along a strided axis the lanes lie side by side already.
 */
import { LOGITS_ALONE } from "./abi";
import { runColumns } from "./columns";
import { prepareFor } from "./constants";
import { PANEL_VECTORS } from "./frame";
import { isPrepared } from "./prepare";
import { runRows, runTransposed } from "./rows";
import { hasShortKernel } from "./short";
import { runOneF64, runRowF64 } from "./shortF64";
import { runRow } from "./shortRow";
import { SHORT, VECTOR } from "./vectors";

/**
 * Runs `operation` over the outer · inner lanes of `length` elements at `src`, row-major [outer, length, inner]. A
 * second operand is at `other`, and the numbers of the lanes at `numbers`, if the operation takes them. `columns` is
 * how many lanes of each slice are computed; if `inner` is 1 it is not read. Elements have `size` bytes, 4 or 8: code
 * that does not compute is the same for both types.
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
  if (inner > 1) {
    runColumns(size, frame, operation, src, other, numbers, dst, outer, length, inner, columns);
    return;
  }
  const isShort = hasShortKernel(size, operation, length);
  if (isShort && size === 8 && outer === 1) {
    runOneF64(frame, operation, src, dst, length);
  } else if (length <= SHORT && outer > 1) {
    runTransposed(size, frame, operation, src, other, numbers, dst, outer, length, isShort);
  } else {
    runRows(size, frame, operation, src, other, numbers, dst, outer, length, isShort);
  }
}

/**
 * `run` for one row, in place. The operation takes logits alone and gives no parts. What follows the row in its last
 * vector may be overwritten.
 */
export function lane(
  size: usize,
  frame: usize,
  operation: i32,
  at: usize,
  length: usize,
  temperature: f64,
): void {
  if (
    operation & LOGITS_ALONE &&
    hasShortKernel(size, operation, length) &&
    isPrepared(frame, <i32>size, temperature)
  ) {
    if (size === 4) runRow(frame, operation, at, length);
    else runRowF64(frame, operation, at, length);
  } else {
    run(size, frame, operation, at, at, 1, length, 1, 1, temperature, 0, 0);
  }
}
