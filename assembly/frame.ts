/**
 * The frame: a few kilobytes of linear memory, handed in by the host, through which the passes talk. It holds the
 * constants of a call and one record for each group in work. A group is a row, or as many lanes side by side as a vector
 * has elements.
 *
 * The constants are here on purpose. V8 rebuilds a literal vector at each use in a loop, and sinks one splatted
 * before the loop back into it (measured: 1.6x slower); a value loaded from memory stays in its register.
 */
import { SHORT, VECTOR } from "./vectors";

// Offsets from the frame: what depends on the temperature only.
export const PER_STEP: usize = 0 * VECTOR; // log2(e) / temperature: steps of ln 2 in one unit of a logit
export const STEP_HIGH: usize = 1 * VECTOR; // −temperature · ln 2, with few enough bits for exact products
export const STEP_LOW: usize = 2 * VECTOR; // what STEP_HIGH leaves of it
export const INVERSE: usize = 3 * VECTOR; // 1 / temperature
export const INVERSE_F64: usize = 4 * VECTOR; // the same as f64, whatever T is
export const COEFFICIENTS: usize = 5 * VECTOR; // up to ten
export const ROUNDER: usize = 15 * VECTOR; // MAGIC before N is subtracted: rounds, and adds the bias of an exponent and 2^BIAS
export const LIMIT: usize = 16 * VECTOR; // a larger maximum / temperature is subtracted; at least twice DEPTH in logits
export const DEPTH: usize = 17 * VECTOR; // steps below the maximum at which terms are cut off
export const ABOVE: usize = 18 * VECTOR; // START by default: no term is larger than √2 · 2^BIAS
export const TINY: usize = 19 * VECTOR; // below this a product p is computed lifted
export const LIFT: usize = 20 * VECTOR; // on either operand
export const LOWER: usize = 21 * VECTOR; // what undoes it
export const LIFT_ON: usize = 22 * VECTOR; // to where the smallest subnormal is 1
export const LEAST: usize = 23 * VECTOR; // the smallest normal number, lifted
export const UNIT: usize = 24 * VECTOR; // the smallest float whose unit is 1
// what the logarithm takes, all of it f64:
export const ONE: usize = 25 * VECTOR;
export const LN2_HIGH: usize = 26 * VECTOR; // 32 bits of it
export const LN2_LOW: usize = 27 * VECTOR;
export const LOG_COEFFICIENTS: usize = 28 * VECTOR; // seven
export const MANTISSA: usize = 35 * VECTOR; // a mask
export const SQRT_HALF: usize = 36 * VECTOR; // its leading bits, as an integer
export const TO_SQRT_HALF: usize = 37 * VECTOR; // from there to 1
export const EXPONENT: usize = 38 * VECTOR; // 2^52, under which an exponent is put,
export const EXPONENT_BIAS: usize = 39 * VECTOR; // and what is taken off again
// or in their places, where results are f32,
export const LOG_F32: usize = 25 * VECTOR; // up to fifteen
// the temperature itself, as f64,
export const TEMPERATURE: usize = 40 * VECTOR;
// and what all of these are for, the temperature and a code: the next call that is for the same leaves them as they are,
export const PREPARED: usize = 41 * VECTOR;
// and working space
export const TAIL: usize = 42 * VECTOR; // the last, incomplete vector of a row
export const TAIL_OTHER: usize = 43 * VECTOR; // and of the second operand
export const CHUNK: usize = 44 * VECTOR; // CHUNK_VECTORS vectors of a copy
export const CHUNK_VECTORS: usize = 16;
export const GROUPS: usize = CHUNK + CHUNK_VECTORS * VECTOR; // MAX_GROUPS records
export const MAX_GROUPS: usize = 8;

// Offsets from a group's record. First the maximum, and what `anchor` derives from it.
export const MAX: usize = 0 * VECTOR;
export const SHIFT: usize = 1 * VECTOR;
export const MAGIC: usize = 2 * VECTOR;
export const LOWEST: usize = 3 * VECTOR; // shifted logits are clamped here, far below what can be seen
export const NUDGE: usize = 4 * VECTOR;
export const START: usize = 5 * VECTOR; // where partial sums start: at least as large as any term
export const SUM: usize = 6 * VECTOR;
export const SUM_LOW: usize = 7 * VECTOR; // what SUM leaves of it
// Then softmax has
export const FACTOR: usize = 8 * VECTOR; // 1 / sum
export const FACTOR_HIGH: usize = 9 * VECTOR; // its leading half, with exact products
export const FACTOR_LOW: usize = 10 * VECTOR; // what FACTOR (relaxed) or FACTOR_HIGH (simd) leaves of it
// and the others, as f64 and so in two vectors when T is f32,
export const OTHERS: usize = 8 * VECTOR; // the sum without the largest term, relative to that
export const OTHERS_LOW: usize = 10 * VECTOR; // what OTHERS leaves of it
export const LOGARITHM: usize = 8 * VECTOR; // log(1 + OTHERS), in their places
export const NORMALIZER: usize = 10 * VECTOR; // max / temperature + LOGARITHM: log-sum-exp
// A chunk of a long lane has, beside its sum,
export const REST: usize = 8 * VECTOR; // the same, without the maximum of the lane in a piece that this dominates; then its low part
export const INVALID: usize = 10 * VECTOR; // where NaN was found beside an infinite maximum
// A long lane has until the sums of its chunks come together,
export const ALONE: usize = 16 * VECTOR; // a mask: whether one chunk alone holds its maximum
// Beside OTHERS entropy has,
export const DOT: usize = 12 * VECTOR; // the sum of e · log e
export const DOT_LOW: usize = 14 * VECTOR; // what DOT leaves of it
export const TOPS: usize = 16 * VECTOR; // how many elements are the maximum
// or, where a second operand is summed up,
export const TOTAL: usize = 8 * VECTOR; // its sum, as f64 and so in two vectors when T is f32
export const TOTAL_LOW: usize = 10 * VECTOR; // what TOTAL leaves of it
// Then what comes and goes with a lane, as f64 again: its coefficient or normalizer; the sum of others or weights, kept
export const LANE: usize = 12 * VECTOR;
export const LANE_SECOND: usize = 14 * VECTOR; // the label, or the sum of the targets
export const SIZE: usize = 16 * VECTOR; // the sum of the sizes of weighted terms, in the place of
export const LANE_UNIT: usize = 16 * VECTOR; // a power of two that p is multiplied by until it has been a factor
export const RECORD: usize = 18 * VECTOR;

export const STAGE: usize = GROUPS + MAX_GROUPS * RECORD; // what the stages of the exponential leave
export const STAGED: usize = 3 * VECTOR; // of each of
export const STAGE_TERMS: usize = 64;
export const TURNS: usize = STAGE + STAGE_TERMS * STAGED; // four records, of the sums of a short lane that take turns
export const COPY: usize = TURNS + 4 * RECORD; // of the vectors of a short lane
export const PANEL: usize = COPY + SHORT * VECTOR; // short rows, transposed
export const PANEL_VECTORS: usize = 512;
export const PANEL_OTHER: usize = PANEL + PANEL_VECTORS * VECTOR; // those of the second operand
export const LONG: usize = PANEL; // in their place, the records of long lanes
/** Records of the chunks of a long row, or of groups side by side of which each is a chunk. */
export const CHUNK_RECORDS: usize = 64;
/** Those, and as many of the lanes. */
export const LONG_BYTES: usize = 2 * CHUNK_RECORDS * RECORD;
export const FRAME_BYTES: usize = LONG + LONG_BYTES; // more than the panels take
