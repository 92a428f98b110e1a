/** What comes with a lane and what it gives: its numbers, and results that are parts. Both are f64, whatever the type. */
import { NUMBERS, PARTS, PER_LANE, WEIGHTED_PARTS } from "./abi";
import { LANE, LANE_SECOND, LOGARITHM, MAX, RECORD, SIZE, TOTAL } from "./frame";
import { VECTOR } from "./vectors";

/** Bytes of the numbers that come with a lane. */
export function numberBytes(operation: i32): usize {
  return ((operation / NUMBERS) & 3) * 8;
}

/** Bytes of the parts that a lane gives; 0 if the results are of the element type. */
export function partsBytes(operation: i32): usize {
  return ((operation / PARTS) & 7) * 8;
}

/** Bytes of the results of a lane of `length` elements. */
export function resultBytes(size: usize, operation: i32, length: usize): usize {
  if (operation & PER_LANE) return partsBytes(operation) || size;
  return length * size;
}

/**
 * Takes the numbers of `count` lanes to LANE and, where a lane has two, LANE_SECOND. A group, from the one at `group`
 * on, has `perGroup` lanes, and the numbers of its first lane are `apart` bytes from those of the group before. The
 * last lane also stands for those that a last group lacks. Elements have `size` bytes.
 */
export function takeNumbers(
  size: usize,
  group: usize,
  operation: i32,
  from: usize,
  apart: usize,
  perGroup: usize,
  count: usize,
): void {
  const bytes = numberBytes(operation);
  if (bytes === 0) return;
  for (; count; group += RECORD) {
    const valid = min(count, perGroup);
    for (let lane: usize = 0; lane < VECTOR / size; ++lane) {
      const number = from + min(lane, valid - 1) * bytes;
      store<f64>(group + lane * 8, load<f64>(number), LANE);
      if (bytes > 8) store<f64>(group + lane * 8, load<f64>(number, 8), LANE_SECOND);
    }
    from += apart;
    count -= valid;
  }
}

/** Gives the parts of `count` lanes, if the results are parts. The arguments are those of `takeNumbers`. */
export function giveParts(
  size: usize,
  group: usize,
  operation: i32,
  to: usize,
  apart: usize,
  perGroup: usize,
  count: usize,
): void {
  const bytes = partsBytes(operation);
  if (bytes === 0) return;
  for (; count; group += RECORD) {
    const valid = min(count, perGroup);
    for (let lane: usize = 0; lane < valid; ++lane) {
      const at = group + lane * 8;
      const max = group + lane * size;
      const dst = to + lane * bytes;
      store<f64>(dst, size === 4 ? <f64>load<f32>(max, MAX) : load<f64>(max, MAX));
      if (operation === WEIGHTED_PARTS) {
        store<f64>(dst, load<f64>(at, TOTAL), 8);
        store<f64>(dst, load<f64>(at, LANE), 16);
        store<f64>(dst, load<f64>(at, SIZE), 24);
      } else {
        store<f64>(dst, load<f64>(at, LANE), 8);
        store<f64>(dst, load<f64>(at, LOGARITHM), 16);
        store<f64>(dst, load<f64>(at, LANE_SECOND), 24);
      }
    }
    to += apart;
    count -= valid;
  }
}
