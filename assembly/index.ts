/**
 * The module's ABI, for this package and for any other host of the raw .wasm.
 *
 * The host owns the memory, imported as env.memory. The module has no data of its own in it and keeps no state
 * between calls, so any number of instances may share one memory, each with a frame of its own.
 *
 * The six operations share their parameters. Pointers are in bytes.
 *
 *   frame        working memory of frameBytes() bytes, 16-byte aligned
 *   src          the logits, row-major [outer, length, inner]; aligned to their type, better to 16
 *   dst          softmax, logSoftmax: as src, and may be src; logSumExp: [outer, inner], and may be src too.
 *                Otherwise the two do not overlap each other, nor either the frame
 *   length       elements of a lane, at least 1
 *   inner        at least 1; where length is over 512, 1 or a multiple of the lanes of a vector: 4 for F32, 2 for F64
 *   temperature  divides the logits; from 1e-30 to 1e30
 *
 * Lane (o, i) has its elements at o · length · inner + k · inner + i. Nothing outside src, dst and frame is read or
 * written. NaN and infinities are data: a lane that holds NaN gives NaN; +∞ gives NaN, and +∞ for logSumExp; −∞
 * alone gives NaN, and −∞ for logSumExp.
 */
import { FRAME_BYTES } from "./frame";
import { LOG_SOFTMAX, LOG_SUM_EXP, SOFTMAX } from "./group";
import { run } from "./layout";

export function frameBytes(): usize {
  return FRAME_BYTES;
}

/** Whether this is the binary with relaxed SIMD. */
export function isRelaxed(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}

export function softmaxF32(
  frame: usize,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  temperature: f64,
): void {
  run<f32>(frame, SOFTMAX, src, dst, outer, length, inner, temperature);
}

export function softmaxF64(
  frame: usize,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  temperature: f64,
): void {
  run<f64>(frame, SOFTMAX, src, dst, outer, length, inner, temperature);
}

export function logSoftmaxF32(
  frame: usize,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  temperature: f64,
): void {
  run<f32>(frame, LOG_SOFTMAX, src, dst, outer, length, inner, temperature);
}

export function logSoftmaxF64(
  frame: usize,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  temperature: f64,
): void {
  run<f64>(frame, LOG_SOFTMAX, src, dst, outer, length, inner, temperature);
}

export function logSumExpF32(
  frame: usize,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  temperature: f64,
): void {
  run<f32>(frame, LOG_SUM_EXP, src, dst, outer, length, inner, temperature);
}

export function logSumExpF64(
  frame: usize,
  src: usize,
  dst: usize,
  outer: usize,
  length: usize,
  inner: usize,
  temperature: f64,
): void {
  run<f64>(frame, LOG_SUM_EXP, src, dst, outer, length, inner, temperature);
}
