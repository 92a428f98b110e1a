/**
 * A long row, in chunks by a grid that depends on its length only, and in phases:
 *
 *   0  the maximum of a chunk
 *   1  the terms of a chunk and their sum; softmax stores them
 *   2  from those of all chunks the row's record, once; of log-sum-exp and its parts the result too
 *   3  the last pass over a chunk, of softmax and log-softmax
 *
 * Within a phase chunks may be computed in any order and by several threads; a phase begins when the one before has
 * ended. One thread by itself does the same, and so gets the same bits.
 *
 * The terms of a chunk are summed from a START near the largest of them, not near that of the row: so their sum has
 * digits of its own, and where one element dominates the row, its chunk is the only one whose other terms have to be
 * summed again.
 */
import { LOGARITHM, PER_LANE } from "./abi";
import { anchor } from "./exp";
import { CHUNK_RECORD, GROUPS, MAX, PANEL, RECORD, START, SUM, SUM_LOW } from "./frame";
import { finishTerms, settleTerms, takeTerms } from "./group";
import { startNear, takeLogarithm } from "./logarithm";
import { joinMax, maxOf } from "./max";
import { giveParts } from "./numbers";
import { prepare, prepareLog } from "./prepare";
import { addSums, clearSum } from "./sum";

/** Rows of more elements than this are long. */
const LONG: usize = 65536;
const MOST_CHUNKS: usize = 64;
/** Elements of a chunk, at least: microseconds of work. */
const LEAST: usize = 16384;

/** The row's record, after those of the chunks. */
const ROW: usize = MOST_CHUNKS * CHUNK_RECORD;
export const ROW_BYTES: usize = ROW + RECORD;

/** Elements of a chunk, whole vectors; the last one of a row may have less. */
export function chunkLength(length: usize): usize {
  const least = (length + MOST_CHUNKS - 1) / MOST_CHUNKS;
  return max(LEAST, (least + 255) & ~255);
}

/** Chunks of a row; 0 if it is not long. */
export function chunksOf(length: usize): usize {
  if (length <= LONG) return 0;
  const size = chunkLength(length);
  return (length + size - 1) / size;
}

/** All phases, when `frame` has been prepared. Elements have `size` bytes. */
export function runLongRow(
  size: usize,
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
): void {
  const chunks = chunksOf(length);
  const phases = operation & PER_LANE ? 3 : 4;
  for (let phase = 0; phase < phases; ++phase) {
    const times: usize = phase === 2 ? 1 : chunks;
    for (let chunk: usize = 0; chunk < times; ++chunk) {
      // Long rows have no other use for the panel.
      runPhase(size, frame, phase, chunk, operation, src, dst, length, frame + PANEL);
    }
  }
}

/** A phase of one chunk, or phase 2 of the row, by a thread that may not have seen the row before. */
export function runShared(
  size: usize,
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
  assert(length > LONG, "the row is not long");
  assert(phase === 2 || chunk < chunksOf(length), "there is no such chunk");
  assert(temperature > 0, "temperature is not positive");
  if (size === 4) prepare<f32>(frame, temperature);
  else prepare<f64>(frame, temperature);
  prepareLog(frame);
  runPhase(size, frame, phase, chunk, operation, src, dst, length, records);
}

function runPhase(
  size: usize,
  frame: usize,
  phase: i32,
  chunk: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
  records: usize,
): void {
  const elements = chunkLength(length);
  const end = records + chunksOf(length) * CHUNK_RECORD;
  if (phase === 2) {
    if (size === 4) joinChunks<f32>(frame, operation, src, dst, length, records, end, elements);
    else joinChunks<f64>(frame, operation, src, dst, length, records, end, elements);
    return;
  }
  const first = chunk * elements;
  const record = records + chunk * CHUNK_RECORD;
  src += first * size;
  dst += first * size;
  length = min(elements, length - first);
  if (size === 4) runChunk<f32>(frame, phase, operation, src, dst, length, records, end, record);
  else runChunk<f64>(frame, phase, operation, src, dst, length, records, end, record);
}

/** The `length` elements at `src`. */
function runChunk<T extends number>(
  frame: usize,
  phase: i32,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
  records: usize,
  end: usize,
  record: usize,
): void {
  if (phase === 0) {
    v128.store(record, maxOf<T>(src, length, 0), MAX);
  } else if (phase === 1) {
    const group = frame + GROUPS;
    anchorRow<T>(frame, group, records, end);
    let start = startNear<T>(frame, group, v128.load(record, MAX));
    // 2^-78: what such a sum leaves to its low part is not subnormal yet.
    if (sizeof<T>() === 4) start = f32x4.pmax(start, f32x4.splat(reinterpret<f32>(0x18800000)));
    v128.store(group, start, START);
    takeTerms<T>(frame, operation, group, group + RECORD, src, dst, 0, length, 0);
    v128.store(record, v128.load(group, SUM), SUM);
    v128.store(record, v128.load(group, SUM_LOW), SUM_LOW);
  } else {
    finishTerms<T>(frame, operation, records + ROW, records + ROW_BYTES, src, 0, dst, 0, length, 0);
  }
}

/** The row's maximum from those of its chunks, and what follows from it. */
function anchorRow<T extends number>(frame: usize, group: usize, records: usize, end: usize): void {
  let max = v128.load(records, MAX);
  for (; records < end; records += CHUNK_RECORD) max = v128.pmax<T>(max, v128.load(records, MAX));
  v128.store(group, joinMax<T>(max), MAX);
  anchor<T>(frame, group);
}

/** From the sums of the chunks, `elements` long, to what the last pass takes, or to the result. */
function joinChunks<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  dst: usize,
  length: usize,
  records: usize,
  end: usize,
  elements: usize,
): void {
  const group = records + ROW;
  anchorRow<T>(frame, group, records, end);
  addSums<T>(group, records, end);
  // What takeOthers may have to sum again is in the chunk that holds the maximum. Beside an infinite one, whose terms are
  // NaN, the whole row is to be searched for NaN.
  const max = v128.load(group, MAX);
  if (v128.any_true(v128.ne<T>(v128.abs<T>(max), v128.splat<T>(<T>Infinity)))) {
    let record = records;
    while (!v128.any_true(v128.eq<T>(v128.load(record, MAX), max))) {
      record += CHUNK_RECORD;
      src += elements * sizeof<T>();
      length -= elements;
    }
    clearSum<T>(record);
    length = min(elements, length);
  }
  const groupEnd = group + RECORD;
  settleTerms<T>(frame, operation, group, groupEnd, src, 0, 0, length, 0, records, end);
  if (operation & LOGARITHM) takeLogarithm<T>(frame, group);
  if (operation & PER_LANE) {
    finishTerms<T>(frame, operation, group, groupEnd, src, 0, dst, 0, length, 0);
    giveParts(sizeof<T>(), group, operation, dst, 0, 1, 1);
  }
}
