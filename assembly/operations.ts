/** The operations by number, as the host calls them: `run` has those on lanes, `map` those on single elements. */

// Results per element: p = softmax(x / T), log p, and others with p as a factor.
export const SOFTMAX = 0;
export const LOG_SOFTMAX = 1;
// Results per lane: one of T, or parts, three or four of f64.
export const LOG_SUM_EXP = 2;
export const LOG_SUM_EXP_PARTS = 3;
export const WEIGHTED_PARTS = 4;
// Results per element again.
export const NORMALIZED_SOFTMAX = 5;
export const SOFTMAX_VJP = 6;
export const LOG_SOFTMAX_VJP = 7;
export const LOG_SUM_EXP_VJP = 8;
export const CROSS_ENTROPY_GRAD = 9;
export const CROSS_ENTROPY_TARGETS_GRAD = 10;

export const SIGMOID = 0;
export const LOG_SIGMOID = 1;
export const SOFTPLUS = 2;
export const LOG_ADD_EXP = 3;
export const LOGIT = 4;
export const LOG_RATIO = 5;

/** Bytes of the f64 that are the result for a lane; 0 where the results are of T. */
export function partsBytes(operation: i32): usize {
  if (operation === LOG_SUM_EXP_PARTS) return 32;
  return operation === WEIGHTED_PARTS ? 24 : 0;
}

/** Whether softmax is the result, or what `finish…` makes it of. */
export function givesProbabilities(operation: i32): bool {
  return operation === SOFTMAX || operation >= NORMALIZED_SOFTMAX;
}

/** Whether the logarithm of a sum is taken. */
export function givesLogarithms(operation: i32): bool {
  return operation === LOG_SOFTMAX || operation === LOG_SUM_EXP || operation === LOG_SUM_EXP_PARTS;
}

/** Whether there is a second operand with a number for each element. */
export function takesOther(operation: i32): bool {
  return (
    operation === WEIGHTED_PARTS ||
    operation === SOFTMAX_VJP ||
    operation === LOG_SOFTMAX_VJP ||
    operation === CROSS_ENTROPY_TARGETS_GRAD
  );
}

/** Bytes of the numbers, f64, that come with a lane. */
export function numberBytes(operation: i32): usize {
  if (operation === CROSS_ENTROPY_GRAD) return 16;
  return operation === NORMALIZED_SOFTMAX ||
    operation === LOG_SUM_EXP_VJP ||
    operation === CROSS_ENTROPY_TARGETS_GRAD
    ? 8
    : 0;
}
