/**
 * The module's ABI, for this package and for any other host of the raw .wasm.
 *
 * The host owns the memory, which is imported as env.memory. The module has no data of its own in it and keeps no state
 * between calls, so any number of instances may share one memory, each with a frame of its own.
 *
 * Addresses are in bytes, aligned to the type of the elements there, better to 16. A call reads and writes nothing
 * outside of its arrays and the frame. NaN and infinities are data. docs/abi.md has more.
 */
import { collect, survey } from "./collect";
import { map } from "./elementwise";
import { FRAME_BYTES, LONG_BYTES } from "./frame";
import { chunksOf, isLong } from "./grid";
import { widenBytes } from "./half";
import { lane, run } from "./layout";
import { runPhase } from "./longLane";
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
 *   frame        working memory of frameBytes() bytes, 16-byte aligned. It keeps the constants of a call for the next, so a host
 *                that writes there in between has to fill all of it
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
 *   dst          one result per element: as src. Log-sum-exp and entropy: [outer, inner]. Parts: [outer, inner, 4] of f64. It
 *                may be src, but for parts. No other two arrays overlap, and none overlaps the frame
 *   length       elements of a lane, at least 1
 *   inner        at least 1
 *   columns      how many lanes of each slice are computed, from the first on: 1 to inner. Where length is over 512, a
 *                multiple of the width of a vector: 4 for F32, 2 for F64. Where inner is 1 it is not read.
 *                A host may split the lanes at multiples of a vector, with the same bits
 *   temperature  divides the logits; from 1e-30 to 1e30
 *   other        as src, of the same type. Not read where there is none
 *   numbers      f64, [outer, inner] or [outer, inner, 2]. A label is read where its coefficient is not 0, and then it is
 *                below length
 *
 * NaN among the logits of a lane makes its results NaN. +∞ does too, but log-sum-exp gives +∞. A lane of −∞ alone gives
 * NaN, but log-sum-exp gives −∞ and softmax by a normalizer 0. A lane of coefficient 0 gives 0.
 *
 * Parts are m = max x, s = Σ e^((x − m) / T) without one m, log(1 + s), and what rounding has taken off s. With weights
 * w, and of the elements whose weight is not 0, they are m, Σ w where x = m, and elsewhere Σ w e^((x − m) / T) and Σ
 * |w| e^((x − m) / T). Where m is infinite, only the elements that equal it count.
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

/**
 * `runF32` for one row, in place. The operation takes logits alone and gives no parts. What follows the row in its last
 * vector may be overwritten.
 */
export function laneF32(frame: usize, operation: i32, at: usize, length: usize, temperature: f64): void {
  lane(4, frame, operation, at, length, temperature);
}

export function laneF64(frame: usize, operation: i32, at: usize, length: usize, temperature: f64): void {
  lane(8, frame, operation, at, length, temperature);
}

/** Chunks of lanes of `length` elements. 0 if the lanes are not long: `longF32` and `longF64` do not take these. */
export function longChunks(length: f64, inner: usize): usize {
  return isLong(length, inner) ? chunksOf(length, inner) : 0;
}

export {
  chunkLength as longChunkLength,
  phasesOf as longPhases,
  pieceLength as longPieceLength,
} from "./grid";

/** The size of the records of long lanes. */
export function longBytes(): usize {
  return LONG_BYTES;
}

/**
 * An operation on one long row, or on long lanes side by side, piece by piece. A host then needs memory for a piece
 * only, and threads can share a row. The bits are those of `run`.
 *
 *   frame        as above, one for each thread. Nothing in it has to be kept from call to call
 *   phase        those that the operation has, in their order. All calls of one return before the next begins
 *   chunk        in phases 0, 2 and 4: 0 to longChunks(length, inner) − 1, in any order; in the others 0
 *   piece        in phases 0, 2 and 4: those of the chunk, in their order, each once; in the others one call, with 0
 *   src, other   in phases 0, 2 and 4: the piece of the operands
 *   dst          in phase 4: the piece of the results, which may be src. Softmax, the operations with p as a factor, and clr of
 *                f64 write to it in phase 2 and read that in phase 4, where they do not read src. Phase 3 writes the results of
 *                operations that give one per lane; phase 5 the results at the labels, one for each lane
 *   length       elements of a whole lane. There may be more than there are addresses
 *   inner        1 for a row; else how many elements further the next element of a lane is
 *   columns      how many lanes lie side by side: a multiple of the width of a vector, and at most 64 vectors; 1 for a row
 *   temperature  as above
 *   numbers      in phase 1: those of the lanes
 *   records      longBytes() bytes for the lanes, 16-byte aligned, better to 64. Each call finds there what others have left
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
 * A function of `count` single elements: 0x400 sigmoid, 0x401 log-sigmoid, 0x402 softplus, 0x443 log-add-exp (of src
 * and other), 0x404 logit. `dst` may be src or other.
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

/** Replaces by `value` those of the `count` elements at `at` whose byte at `mask` is 0. */
export function fillF32(at: usize, mask: usize, count: usize, value: f32): void {
  fill<f32>(at, mask, count, value);
}

export function fillF64(at: usize, mask: usize, count: usize, value: f64): void {
  fill<f64>(at, mask, count, value);
}

/**
 * Does the same for the results of softmax, of softmax by a normalizer or of log-softmax, row-major [outer, length,
 * inner], where `fillF32` has put −∞ among the logits. These results are `value`, 0 or −∞, already, except in lanes of
 * NaN. So only slices that hold such a lane are written.
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
