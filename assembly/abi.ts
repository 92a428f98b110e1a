/**
 * The codes of the operations. The kernels and the host both read this file, so it holds plain integers only. The low
 * four bits of a code tell an operation from its siblings; every other bit says something that the operation takes or
 * gives. Code that decides about an operation asks for a bit or for one operation, never for an order.
 */

/** Softmax is the result, or a factor of the result. */
export const PROBABILITIES = 1 << 4;
/** Takes the logarithm of the sum of the exponentials, or of the elements. */
export const LOGARITHM = 1 << 5;
/** Takes a second operand: one element for each element of x. */
export const OTHER = 1 << 6;
/** Gives one result per lane instead of one per element. */
export const PER_LANE = 1 << 7;
/** Takes logits and nothing else. */
export const LOGITS_ALONE = 1 << 8;
/** A lane whose first number is 0 gives 0, whatever its elements are. */
export const SKIPS_ZERO = 1 << 9;
/** Works on single elements: an operation of `map`, not of `run`. */
export const ELEMENTWISE = 1 << 10;
/** Has passes of its own. The others share those of softmax: the terms, their sum, and the last pass. */
export const OWN_PASSES = 1 << 11;
/** How many f64 come with a lane, in units of NUMBERS: 0 to 3. */
export const NUMBERS = 1 << 12;
/** How many f64 a lane gives as its result, whatever the element type, in units of PARTS: 0 to 7. */
export const PARTS = 1 << 14;

export const SOFTMAX = 0 | PROBABILITIES | LOGITS_ALONE;
export const LOG_SOFTMAX = 1 | LOGARITHM | LOGITS_ALONE;
export const LOG_SUM_EXP = 2 | LOGARITHM | PER_LANE | LOGITS_ALONE;
export const LOG_SUM_EXP_PARTS = 3 | LOGARITHM | PER_LANE | LOGITS_ALONE | (4 * PARTS);
export const WEIGHTED_PARTS = 4 | OWN_PASSES | OTHER | PER_LANE | (4 * PARTS);
export const NORMALIZED_SOFTMAX = 5 | PROBABILITIES | NUMBERS;
export const SOFTMAX_VJP = 6 | OWN_PASSES | OTHER;
export const LOG_SOFTMAX_VJP = 7 | OWN_PASSES | OTHER;
export const LOG_SUM_EXP_VJP = 8 | PROBABILITIES | NUMBERS;
export const CROSS_ENTROPY_GRAD = 9 | PROBABILITIES | SKIPS_ZERO | (2 * NUMBERS);
export const CROSS_ENTROPY_TARGETS_GRAD = 10 | PROBABILITIES | SKIPS_ZERO | OTHER | NUMBERS;
export const ENTROPY = 11 | OWN_PASSES | LOGARITHM | PER_LANE;
export const ALR = 12 | OWN_PASSES | LOGARITHM | NUMBERS;
export const CLR = 13 | OWN_PASSES | LOGARITHM;
/** The host's alone: there is no kernel for it. */
export const NORMALIZED_LOG_SOFTMAX = 15 | NUMBERS;

export const SIGMOID = 0 | ELEMENTWISE;
export const LOG_SIGMOID = 1 | ELEMENTWISE;
export const SOFTPLUS = 2 | ELEMENTWISE;
export const LOG_ADD_EXP = 3 | ELEMENTWISE | OTHER;
export const LOGIT = 4 | ELEMENTWISE;
/** The host's alone: a kernel took twice the time of the TypeScript path. */
export const LOG_DIFF_EXP = 5 | ELEMENTWISE | OTHER;
