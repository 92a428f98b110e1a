/**
 * The module's ABI, for this package and for any other host of the raw .wasm.
 *
 * The host owns the memory, imported as env.memory. The module has no data of its own in it and keeps no state
 * between calls, so any number of instances may share one memory, each with a frame of its own.
 *
 * Pointers are in bytes, aligned to the type of what they point at, better to 16. Nothing outside these arrays and the
 * frame is read or written. NaN and infinities are data.
 */
import { collect, survey } from "./collect";
import { map } from "./elementwise";
import { FRAME_BYTES, LONG_BYTES } from "./frame";
import { widenBytes } from "./half";
import { lane, run } from "./layout";
import { chunkLength, chunksOf, isLong, phasesOf, pieceLength, runPhase } from "./longLane";
import { fill, mend } from "./mask";

export function frameBytes(): usize {
  return FRAME_BYTES;
}

export { isFused } from "./probe";

/** Whether this is the binary with relaxed SIMD. Its error bounds hold where isFused(1 + 2^-12). */
export function isRelaxed(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}

/**
 * An operation on lanes. Lane (o, i) has its elements at o · length · inner + k · inner + i.
 *
 *   frame        working memory of frameBytes() bytes, 16-byte aligned. It may keep the constants of a call for the next, so
 *                what writes there in between has to fill all of it
 *   operation    what, by its code of abi.ts:        src      other    numbers of a lane   dst
 *                0x00110  softmax                    logits                                element
 *                0x00121  log-softmax                logits                                element
 *                0x001a2  log-sum-exp                logits                                one per lane
 *                0x101a3  its parts                  logits                                four f64 per lane
 *                0x108c4  its parts with weights     logits   weights                      four f64 per lane
 *                0x01015  softmax by a normalizer    logits            normalizer          element
 *                0x00846  softmax VJP                p        dy                           element
 *                0x00847  log-softmax VJP            log p    dy                           element
 *                0x01018  log-sum-exp VJP            logits            dy                  element
 *                0x02219  cross-entropy, labels      logits            coefficient, label  element
 *                0x0125a  cross-entropy, targets     logits   targets  coefficient         element
 *                0x008ab  entropy                    logits                                one per lane
 *                0x0182c  additive log-ratio         p                 reference           element
 *                0x0082d  centred log-ratio          p                                     element
 *                The low four bits are a number. Bit 6 says that other is read, bit 7 that a lane gives one result
 *                instead of one per element, bit 8 that logits are all it takes; bits 12 and 13 hold how many numbers a lane
 *                has, bits 14 to 16 how many f64 it gives. The other bits are for the kernels
 *   src          row-major [outer, length, inner]
 *   dst          the same for one result per element, and then it may be src; log-sum-exp and entropy: [outer, inner], may be src
 *                too; parts: [outer, inner, 4] of f64. Otherwise no arrays
 *                overlap, nor the frame
 *   length       elements of a lane, at least 1
 *   inner        at least 1
 *   columns      how many lanes of each slice are computed, from the first on: 1 to inner; where length is over 512, a
 *                multiple of the width of a vector: 4 for F32, 2 for F64. Where inner is 1 it is not looked at.
 *                Splits at multiples of a vector give the same bits as the whole
 *   temperature  divides the logits; from 1e-30 to 1e30
 *   other        as src, of the same type; unused where there is none
 *   numbers      f64, [outer, inner] or [outer, inner, 2]; a label is used where its coefficient is not 0, and then it
 *                is below length
 *
 * Of logits, a lane that holds NaN gives NaN; +∞ gives NaN, and +∞ for log-sum-exp; −∞ alone gives NaN, −∞ for log-sum-exp, 0 by
 * a normalizer. A lane of coefficient 0 gives 0.
 *
 * Parts are m = max x, s = Σ e^((x − m) / T) without one m, log(1 + s), and what rounding has taken off s; with weights w,
 * of the elements where these are not 0: m, Σ w where x = m, Σ w e^((x − m) / T) elsewhere, Σ |w| e^((x − m) / T) elsewhere. An infinite m alone
 * counts.
 */
export function runF32(
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
  run(4, frame, operation, src, dst, outer, length, inner, columns, temperature, other, numbers);
}

export function runF64(
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
  run(8, frame, operation, src, dst, outer, length, inner, columns, temperature, other, numbers);
}

/** `runF32` of one row of logits alone, in place: what takes no other operand and gives no parts. */
export function laneF32(frame: usize, operation: i32, at: usize, length: usize, temperature: f64): void {
  lane(4, frame, operation, at, length, temperature);
}

export function laneF64(frame: usize, operation: i32, at: usize, length: usize, temperature: f64): void {
  lane(8, frame, operation, at, length, temperature);
}

/** Chunks of lanes of `length` elements; 0 if they are not long, and then `long` is not for them. */
export function longChunks(length: f64, inner: usize): usize {
  return isLong(length, inner) ? chunksOf(length, inner) : 0;
}

/** Elements of a chunk; the last one may have less. */
export function longChunkLength(length: f64, inner: usize): f64 {
  return chunkLength(length, inner);
}

/** Elements of a piece of a chunk; the last one of a chunk may have less. */
export function longPieceLength(length: f64, inner: usize): usize {
  return pieceLength(length, inner);
}

/** The phases that an operation has: bit k is phase k. */
export function longPhases(operation: i32): i32 {
  return phasesOf(operation);
}

/** The size of the records of long lanes. */
export function longBytes(): usize {
  return LONG_BYTES;
}

/**
 * An operation on one long row, or on long lanes side by side, piece by piece: so that a host needs memory for a piece only,
 * and threads can share a row. Gives the same bits as `run`.
 *
 *   frame        as above, the thread's own; nothing in it need be kept from call to call
 *   phase        those that the operation has, one after the other: all calls of one return before the next begins
 *   chunk        in phases 0, 2 and 4, 0 to longChunks(length, inner) − 1 in any order; in the others 0
 *   piece        of the chunk, one after the other, each once; in phases 1, 3 and 5 there is one call, with 0
 *   src, other   the piece of the operands in phases 0, 2 and 4
 *   dst          the piece of the results, in phase 4, which may be src. Softmax and what has it as a factor, and clr of f64,
 *                leave there in phase 2 what they take from there in phase 4, where they do not read src. Phase 3 writes the
 *                results of operations that give one per lane, phase 5 those at the labels, an element for each lane
 *   length       elements of a lane, of which all are counted: there may be more than addresses
 *   inner        1, and then it is a row; else the elements from one element of a lane to the next
 *   columns      how many lanes side by side, a multiple of the width of a vector and at most 64 vectors; of a row 1
 *   temperature  as above
 *   numbers      those of the lanes, in phase 1
 *   records      the lanes', longBytes() bytes, 16-byte aligned, better to 64; what calls leave there is for the next
 */
export function longF32(
  frame: usize,
  phase: i32,
  chunk: usize,
  piece: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  length: f64,
  inner: usize,
  columns: usize,
  temperature: f64,
  numbers: usize,
  records: usize,
): void {
  runPhase(
    4,
    frame,
    phase,
    chunk,
    piece,
    operation,
    src,
    other,
    dst,
    length,
    inner,
    columns,
    temperature,
    numbers,
    records,
  );
}

export function longF64(
  frame: usize,
  phase: i32,
  chunk: usize,
  piece: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  length: f64,
  inner: usize,
  columns: usize,
  temperature: f64,
  numbers: usize,
  records: usize,
): void {
  runPhase(
    8,
    frame,
    phase,
    chunk,
    piece,
    operation,
    src,
    other,
    dst,
    length,
    inner,
    columns,
    temperature,
    numbers,
    records,
  );
}

/**
 * A function of `count` elements: 0x400 sigmoid, 0x401 log-sigmoid, 0x402 softplus, 0x443 log-add-exp (of src and other),
 * 0x404 logit. `dst` may be src or other.
 */
export function mapF32(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
): void {
  map<f32>(frame, operation, src, other, dst, count);
}

export function mapF64(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
): void {
  map<f64>(frame, operation, src, other, dst, count);
}

/** Puts `value` in the place of those of the `count` elements at `at` whose byte at `mask` is 0. */
export function fillF32(at: usize, mask: usize, count: usize, value: f32): void {
  fill<f32>(at, mask, count, value);
}

export function fillF64(at: usize, mask: usize, count: usize, value: f64): void {
  fill<f64>(at, mask, count, value);
}

/**
 * The same for the results of softmax, softmax by a normalizer or log-softmax, row-major [outer, length, inner], of elements
 * that were filled with −∞. They are `value`, 0 or −∞, by themselves, except in lanes of NaN: only slices with one are written.
 */
export function mendF32(at: usize, mask: usize, outer: usize, length: usize, inner: usize, value: f32): void {
  mend<f32>(at, mask, outer, length, inner, value);
}

export function mendF64(at: usize, mask: usize, outer: usize, length: usize, inner: usize, value: f64): void {
  mend<f64>(at, mask, outer, length, inner, value);
}

/**
 * `count` half floats at `src` as f32 at `dst`, or f32 rounded to half floats. The narrower array may lie within the wider: at its
 * end to be widened, at its beginning once narrowed. The frame is working memory.
 */
export { narrowBF16, narrowF16, widenBF16, widenF16 } from "./half";

/** `count` integers of 8 bits as f32, scale · (q − zeroPoint). */
export function widenI8(src: usize, dst: usize, count: usize, scale: f32, zeroPoint: i32): void {
  widenBytes<i8>(src, dst, count, scale, zeroPoint);
}

export function widenU8(src: usize, dst: usize, count: usize, scale: f32, zeroPoint: i32): void {
  widenBytes<u8>(src, dst, count, scale, zeroPoint);
}

/**
 * Looks for the k largest elements of a run: the maximum of each block, for `collect`. Returns a limit above which there
 * are k elements or some more; NaN if there may be none, and ∞ if there is NaN among the elements.
 *
 *   src        `count` elements, at least one
 *   block      elements of a block, a multiple of 32. The last block may have less
 *   k          at least 1
 *   maxima     one for each block, of the type of src, and 16 bytes more
 */
export function surveyF32(src: usize, count: usize, block: usize, k: i32, maxima: usize): f32 {
  return survey<f32>(src, count, block, k, maxima);
}

export function surveyF64(src: usize, count: usize, block: usize, k: i32, maxima: usize): f64 {
  return survey<f64>(src, count, block, k, maxima);
}

/**
 * Appends the elements of a run that are above `limit`, or all where that is NaN, in order. There is no NaN among them.
 *
 *   src        `count` elements
 *   first      the index of the first one
 *   from       where to begin, 0 to `count`
 *   block      as given to `survey`
 *   maxima     as `survey` left them
 *   values     f64, `capacity` of them, at least 16
 *   indices    i32, as many
 *   held       i32: how many there are, before and after
 *
 * Stops where less than 16 more have room. Returns where that is, or `count`.
 */
export function collectF32(
  src: usize,
  count: i32,
  first: i32,
  from: i32,
  block: i32,
  maxima: usize,
  limit: f32,
  values: usize,
  indices: usize,
  held: usize,
  capacity: i32,
): i32 {
  return collect<f32>(src, count, first, from, block, maxima, limit, values, indices, held, capacity);
}

export function collectF64(
  src: usize,
  count: i32,
  first: i32,
  from: i32,
  block: i32,
  maxima: usize,
  limit: f64,
  values: usize,
  indices: usize,
  held: usize,
  capacity: i32,
): i32 {
  return collect<f64>(src, count, first, from, block, maxima, limit, values, indices, held, capacity);
}
