/** What comes and goes with a lane: its own numbers, and results that are parts. Both are f64, whatever the type. */
import { NUMBERS, PARTS, WEIGHTED_PARTS } from "./abi";
import { LANE, LANE_SECOND, LOGARITHM, MAX, RECORD, SIZE, TOTAL } from "./frame";
import { VECTOR } from "./vectors";

/** Bytes of the numbers that come with a lane. */
export function numberBytes(operation: i32): usize {
  return ((operation / NUMBERS) & 3) * 8;
}

/** Bytes of the parts that are the result for a lane; 0 where results are of T. */
export function partsBytes(operation: i32): usize {
  return ((operation / PARTS) & 7) * 8;
}

/**
 * LANE, and LANE_SECOND where a lane has two numbers, of `count` lanes, `perGroup` to a group, from the one
 * whose record is `group`. The numbers of a group are `apart` bytes from those of the one before, from `from` on. In a last, incomplete group the last lane stands for those
 * that are missing. Elements have `size` bytes.
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

/** The parts of `count` lanes, where the results are parts; the arguments are those of `takeNumbers`. */
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
