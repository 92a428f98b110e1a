/**
 * The frame: some 44 KiB of linear memory that the host hands in. The passes leave in it what the next ones take. It
 * holds the constants of a call, and a record for each group that is being computed. A group is a row, or as many lanes
 * side by side as a vector has elements.
 *
 * The constants are here on purpose. V8 builds a literal vector again at each use in a loop, and moves one that is
 * splatted before the loop back into it (measured: 1.6 times the time). A value that is loaded from memory stays in its
 * register.
 */
import { SHORT, VECTOR } from "./vectors";

// Offsets from the frame. First come the constants, which depend on the type and the temperature only.
export const PER_STEP: usize = 0 * VECTOR; // log2(e) / temperature: steps of ln 2 in one unit of a logit
export const STEP_HIGH: usize = 1 * VECTOR; // −temperature · ln 2, with few enough bits for exact products
export const STEP_LOW: usize = 2 * VECTOR; // the rest of it
export const INVERSE: usize = 3 * VECTOR; // 1 / temperature
export const INVERSE_F64: usize = 4 * VECTOR; // the same as f64, whatever T is
export const COEFFICIENTS: usize = 5 * VECTOR; // up to ten
export const ROUNDER: usize = 15 * VECTOR; // MAGIC before N is subtracted: adding it rounds, and adds both biases
export const LIMIT: usize = 16 * VECTOR; // a larger maximum / temperature is subtracted; twice DEPTH in logits, or more
export const DEPTH: usize = 17 * VECTOR; // terms are cut off this many steps below the maximum
export const ABOVE: usize = 18 * VECTOR; // the default of START: no term is larger than √2 · 2^BIAS
export const TINY: usize = 19 * VECTOR; // a product p below this is computed lifted
export const LIFT: usize = 20 * VECTOR; // the power of two that lifts either operand
export const LOWER: usize = 21 * VECTOR; // undoes both
export const LIFT_ON: usize = 22 * VECTOR; // lifts on, until the smallest subnormal number is 1
export const LEAST: usize = 23 * VECTOR; // the smallest normal number, lifted
export const UNIT: usize = 24 * VECTOR; // the smallest float whose unit is 1
export const INVERSE_LOW: usize = 25 * VECTOR; // what INVERSE lacks of 1 / temperature
// f32 has
export const FLOOR: usize = 26 * VECTOR; // terms of smaller logits are cut off, whatever the maximum is
export const EVENER: usize = 27 * VECTOR; // adding and subtracting it rounds to an even integer
// and f64, in their place,
export const CUT: usize = 26 * VECTOR; // −temperature · ln 2 · DEPTH: logits this much below the maximum are cut off
export const UNBIAS: usize = 27 * VECTOR; // 2^-512: it takes off the bias of the terms
// Then the constants of the logarithm, all of them f64,
export const ONE: usize = 28 * VECTOR;
export const LN2_HIGH: usize = 29 * VECTOR; // its leading 32 bits; where results are f32, ln 2 rounded
export const LN2_LOW: usize = 30 * VECTOR;
export const LOG_COEFFICIENTS: usize = 31 * VECTOR; // up to eleven
export const MANTISSA: usize = 42 * VECTOR; // a mask
export const SQRT_HALF: usize = 43 * VECTOR; // its leading bits, as an integer
export const TO_SQRT_HALF: usize = 44 * VECTOR; // the bits of 1 less these
export const EXPONENT: usize = 45 * VECTOR; // 2^52: an exponent in its low bits makes a float,
export const EXPONENT_BIAS: usize = 46 * VECTOR; // and this is subtracted from it
// or, in their place where results are f32,
export const LOG_F32: usize = 28 * VECTOR; // up to fifteen
// the temperature itself, as f64, and
export const TEMPERATURE: usize = 47 * VECTOR;
// what all of these are for: a code and the temperature. A call for the same leaves the constants as they are.
export const PREPARED: usize = 48 * VECTOR;
// Then comes working space.
export const TAIL: usize = 49 * VECTOR; // the last, incomplete vector of a row
export const TAIL_OTHER: usize = 50 * VECTOR; // that of the second operand
export const CHUNK: usize = 51 * VECTOR; // copies of CHUNK_VECTORS vectors
export const CHUNK_VECTORS: usize = 16;
export const GROUPS: usize = CHUNK + CHUNK_VECTORS * VECTOR; // MAX_GROUPS records
export const MAX_GROUPS: usize = 8;

// Offsets from the record of a group. First come the maximum, and what `anchor` derives from it.
export const MAX: usize = 0 * VECTOR;
export const SHIFT: usize = 1 * VECTOR;
export const MAGIC: usize = 2 * VECTOR;
export const LOWEST: usize = 3 * VECTOR; // shifted logits are clamped here, far below what changes a result
export const NUDGE: usize = 4 * VECTOR;
export const START: usize = 5 * VECTOR; // where partial sums start: no term is larger
export const SUM: usize = 6 * VECTOR;
export const SUM_LOW: usize = 7 * VECTOR; // what rounding has taken off it
// Softmax has
export const FACTOR: usize = 8 * VECTOR; // 1 / sum
export const FACTOR_HIGH: usize = 9 * VECTOR; // its leading half: products of halves are exact
export const FACTOR_LOW: usize = 10 * VECTOR; // 1 / sum less FACTOR (relaxed) or less FACTOR_HIGH (simd)
// Operations that take the logarithm have, as f64 and so in two vectors where T is f32,
export const OTHERS: usize = 8 * VECTOR; // the sum without the largest term, relative to the largest term
export const OTHERS_LOW: usize = 10 * VECTOR; // what rounding has taken off it
export const LOGARITHM: usize = 8 * VECTOR; // log(1 + OTHERS), in its place
export const NORMALIZER: usize = 10 * VECTOR; // max / temperature + LOGARITHM: log-sum-exp
// A chunk of a long lane has beside SUM
export const REST: usize = 8 * VECTOR; // SUM without the maximum of the lane, where this dominates; and its low part
export const INVALID: usize = 10 * VECTOR; // a mask: where NaN was found beside an infinite maximum
// A long lane has, until the sums of its chunks come together,
export const ALONE: usize = 16 * VECTOR; // a mask: whether one chunk alone holds its maximum
// Entropy has beside OTHERS
export const DOT: usize = 12 * VECTOR; // Σ e · log e
export const DOT_LOW: usize = 14 * VECTOR; // what rounding has taken off it
export const TOPS: usize = 16 * VECTOR; // how many elements are the maximum
// Operations that sum up a second operand have
export const TOTAL: usize = 8 * VECTOR; // its sum, as f64 and so in two vectors where T is f32
export const TOTAL_LOW: usize = 10 * VECTOR; // what rounding has taken off it
// Last comes what is of a lane, as f64 again: its coefficient or normalizer, or a sum that is one of its parts;
export const LANE: usize = 12 * VECTOR;
export const LANE_SECOND: usize = 14 * VECTOR; // the label, or the sum of the targets
export const SIZE: usize = 16 * VECTOR; // Σ |w| of weighted terms; or, in its place,
export const LANE_UNIT: usize = 16 * VECTOR; // a power of two that p is multiplied by, until p has been a factor
export const RECORD: usize = 18 * VECTOR;

export const STAGE: usize = GROUPS + MAX_GROUPS * RECORD; // what the stages of the exponential leave
export const STAGED: usize = 3 * VECTOR; // bytes of that for one vector
export const STAGE_TERMS: usize = 64;
export const TURNS: usize = STAGE + STAGE_TERMS * STAGED; // four records: the sums of a short lane, which take turns
export const COPY: usize = TURNS + 4 * RECORD; // copies of the vectors of a short lane
export const PANEL: usize = COPY + SHORT * VECTOR; // short rows, transposed
export const PANEL_VECTORS: usize = 512;
export const PANEL_OTHER: usize = PANEL + PANEL_VECTORS * VECTOR; // those of the second operand, or terms
export const LONG: usize = PANEL; // the records of long lanes, in the place of the panels
/** How many records of chunks there are: those of a long row, or one for each group of lanes side by side. */
export const CHUNK_RECORDS: usize = 64;
/** The records of the chunks, and as many of the lanes. */
export const LONG_BYTES: usize = 2 * CHUNK_RECORDS * RECORD;
export const FRAME_BYTES: usize = LONG + LONG_BYTES; // more than the panels take
