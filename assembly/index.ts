/**
 * The module's ABI, for this package and for any other host of the raw .wasm.
 *
 * The host owns the memory, imported as env.memory. The module has no data of its own in it and keeps no state
 * between calls, so any number of instances may share one memory, each with a frame of its own.
 *
 * Pointers are in bytes, aligned to the type of what they point at, better to 16. Nothing outside these arrays and the
 * frame is read or written. NaN and infinities are data.
 */
import { collect } from "./collect";
import { map } from "./elementwise";
import { FRAME_BYTES } from "./frame";
import { run } from "./layout";
import { chunkLength, chunksOf, ROW_BYTES, runShared } from "./longRow";
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
 *                0x0c8c4  its parts with weights     logits   weights                      three f64 per lane
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
 *                instead of one per element, bit 8 that rowF32 and rowF64 take the operation; bits 12 and 13 hold how
 *                many numbers a lane has, bits 14 to 16 how many f64 it gives. The other bits are for the kernels
 *   src          row-major [outer, length, inner]
 *   dst          the same for one result per element, and then it may be src; log-sum-exp and entropy: [outer, inner], may be src
 *                too; parts: [outer, inner, 4] or, with weights, [outer, inner, 3] of f64. Otherwise no arrays
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

/** Chunks of a row of `length` elements; 0 if it is not long, and then `row` is not for it. */
export function rowChunks(length: usize): usize {
  return chunksOf(length);
}

/** Elements of a chunk; the last one may have less. */
export function rowChunkLength(length: usize): usize {
  return chunkLength(length);
}

/** The size of the records of a long row. */
export function rowBytes(): usize {
  return ROW_BYTES;
}

/**
 * An operation whose code has bit 8 on one long row, piece by piece, so that threads can share it. Gives the same bits as
 * `run`.
 *
 *   frame        as above, the thread's own; nothing in it need be kept from call to call
 *   phase        0, 1, 2 and, where there is a result per element, 3; all calls of one have to return before the next begins
 *   chunk        0 to rowChunks(length) − 1 in any order, each once; phase 2 is one call, which does not look at it
 *   src, dst     those of the row; dst may be src
 *   records      the row's, rowBytes() bytes, 16-byte aligned, better to 64; what phases leave there is for the next
 */
export function rowF32(
  frame: usize,
  phase: i32,
  chunk: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
  temperature: f64,
  records: usize,
): void {
  runShared(4, frame, phase, chunk, operation, src, dst, length, temperature, records);
}

export function rowF64(
  frame: usize,
  phase: i32,
  chunk: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
  temperature: f64,
  records: usize,
): void {
  runShared(8, frame, phase, chunk, operation, src, dst, length, temperature, records);
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
 * Appends the elements of a run that are not below or at `limit`, NaN among them; all where the limit is NaN.
 *
 *   src        `count` elements
 *   first      the index of the first one
 *   values     f64, `capacity` of them
 *   indices    i32, as many
 *   held       i32: how many there are, before and after
 *
 * Stops when `capacity` are held. Returns how many elements have been looked at.
 */
export function collectF32(
  src: usize,
  count: i32,
  first: i32,
  limit: f32,
  values: usize,
  indices: usize,
  held: usize,
  capacity: i32,
): i32 {
  return collect<f32>(src, count, first, limit, values, indices, held, capacity);
}

export function collectF64(
  src: usize,
  count: i32,
  first: i32,
  limit: f64,
  values: usize,
  indices: usize,
  held: usize,
  capacity: i32,
): i32 {
  return collect<f64>(src, count, first, limit, values, indices, held, capacity);
}
