/**
 * Long lanes: piece by piece, so that a host needs memory for a piece only, whatever the lane's length. The pieces are those of
 * a grid that depends on the length only, and their phases follow each other:
 *
 *   0  the maximum of a piece                      1  from those of all pieces what terms are relative to
 *   2  the terms of a piece and their sum          3  from those of all pieces what the last pass takes, or the results of the lane
 *   4  the last pass over a piece                  5  the results at labels
 *
 * Not every operation has all of them. A row is cut in up to 64 chunks of whole pieces. Within phases 0, 2 and 4 chunks may be
 * computed in any order and by several threads, each from its first piece to its last. Lanes side by side are one chunk.
 * `run` does the same, and so gives the same bits.
 */
import { ALR, CROSS_ENTROPY_GRAD, LOG_SOFTMAX_VJP, NORMALIZED_SOFTMAX, PER_LANE, SOFTMAX_VJP } from "./abi";
import { prepareFor } from "./constants";
import { CHUNK_RECORDS, LANE, LANE_SECOND, LONG, RECORD, STAGE } from "./frame";
import { giveParts, numberBytes, partsBytes, takeNumbers } from "./numbers";
import { anchorLanes, finishPiece, joinLabels, joinSums, lookAt, sumPiece } from "./pieces";
import { VECTOR } from "./vectors";

/** Longer rows are long, and so are longer lanes side by side. */
const LONG_ROW: f64 = 65536;
const LONG_COLUMN: f64 = 2048;
/** Elements of a chunk of a row, at least: microseconds of work. */
const LEAST: u64 = 16384;
/** Elements of a piece of a row, at most, and of lanes side by side. They stay in the second cache. */
const PIECE: usize = 16384;
const PIECE_OF_COLUMN: usize = 512;
/** Lanes side by side that `run` takes at once, in vectors. */
const AT_ONCE: usize = 16;
const PHASES: i32 = 6;

export function isLong(length: f64, inner: usize): bool {
  return length > (inner === 1 ? LONG_ROW : LONG_COLUMN);
}

/** Elements of a chunk, whole vectors; the last one of a row may have less. */
export function chunkLength(length: f64, inner: usize): f64 {
  if (inner > 1) return length;
  const least = (<u64>length + CHUNK_RECORDS - 1) / CHUNK_RECORDS;
  return <f64>max(LEAST, (least + 255) & ~255);
}

export function chunksOf(length: f64, inner: usize): usize {
  return <usize>Math.ceil(length / chunkLength(length, inner));
}

/** Elements of a piece, whole vectors; the last one of a chunk may have less. */
export function pieceLength(length: f64, inner: usize): usize {
  if (inner > 1) return PIECE_OF_COLUMN;
  const elements = chunkLength(length, inner);
  const pieces = Math.ceil(elements / PIECE);
  return (<usize>Math.ceil(elements / pieces) + 255) & ~255;
}

/** The phases that an operation has, a bit each. */
export function phasesOf(operation: i32): i32 {
  if (operation === ALR) return 0b010010;
  if (operation === NORMALIZED_SOFTMAX || operation === SOFTMAX_VJP || operation === LOG_SOFTMAX_VJP)
    return 0b010011;
  if (operation & PER_LANE) return 0b001111;
  return operation === CROSS_ENTROPY_GRAD ? 0b111111 : 0b011111;
}

/** All phases of lanes in memory, when `frame` has been prepared: of a row or, where `inner` is over 1, of `columns` lanes. */
export function runLong(
  size: usize,
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  length: usize,
  inner: usize,
  columns: usize,
  numbers: usize,
): void {
  const most: usize = inner === 1 ? 1 : (AT_ONCE * VECTOR) / size;
  const result = partsBytes(operation) || size;
  for (let column: usize = 0; column < columns; column += most) {
    const at = column * size;
    const to = dst + column * result;
    const count = min(columns - column, most);
    const own = numbers + column * numberBytes(operation);
    runLanes(size, frame, operation, src + at, other + at, to, length, inner, count, own);
  }
}

function runLanes(
  size: usize,
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  length: usize,
  inner: usize,
  columns: usize,
  numbers: usize,
): void {
  const records = frame + LONG;
  const phases = phasesOf(operation);
  const chunk = <usize>chunkLength(length, inner);
  const chunks = chunksOf(length, inner);
  const piece = pieceLength(length, inner);
  const step = inner * size;
  for (let phase = 0; phase < PHASES; ++phase) {
    if (!((phases >> phase) & 1)) continue;
    if (phase === 5) {
      join(size, frame, phase, operation, frame + STAGE, length, inner, columns, numbers, records);
      giveLabels(size, records + CHUNK_RECORDS * RECORD, frame + STAGE, dst, step, columns);
    } else if (phase & 1) {
      join(size, frame, phase, operation, dst, length, inner, columns, numbers, records);
    } else {
      for (let k: usize = 0; k < chunks; ++k) {
        const end = min((k + 1) * chunk, length);
        for (let first = k * chunk; first < end; first += piece) {
          const at = first * step;
          const count = min(piece, end - first);
          const begins = first === k * chunk;
          takePiece(
            size,
            frame,
            phase,
            k,
            begins,
            operation,
            src + at,
            other + at,
            dst + at,
            first,
            count,
            inner,
            columns,
            records,
          );
        }
      }
    }
  }
}

/** The results at the labels, one after the other at `results`, to their places. */
function giveLabels(
  size: usize,
  lanes: usize,
  results: usize,
  dst: usize,
  step: usize,
  columns: usize,
): void {
  for (let column: usize = 0; column < columns; ++column) {
    const group = lanes + (column / (VECTOR / size)) * RECORD + (column % (VECTOR / size)) * 8;
    if (load<f64>(group, LANE) === 0) continue;
    const to = dst + <usize>load<f64>(group, LANE_SECOND) * step + column * size;
    memory.copy(to, results + column * size, size);
  }
}

/** A phase of long lanes, or of a piece of them, by a thread that may not have seen them before: see index.ts. */
export function runPhase(
  size: usize,
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
  assert(isLong(length, inner), "the lane is not long");
  assert((phasesOf(operation) >> phase) & 1, "there is no such phase");
  assert(chunk < chunksOf(length, inner), "there is no such chunk");
  assert(temperature > 0, "temperature is not positive");
  assert(
    inner === 1 || (columns > 0 && columns <= inner && columns % (VECTOR / size) === 0),
    "columns is not a multiple of the width between 1 and inner",
  );
  assert(columns <= (CHUNK_RECORDS * VECTOR) / size, "there are more columns than records");
  prepareFor(size, frame, operation, temperature);
  if (phase & 1) {
    join(size, frame, phase, operation, dst, length, inner, columns, numbers, records);
    return;
  }
  const elements = pieceLength(length, inner);
  const from = <f64>chunk * chunkLength(length, inner);
  const first = from + <f64>piece * <f64>elements;
  const end = min(from + chunkLength(length, inner), length);
  assert(first < end, "there is no such piece");
  const count = <usize>min(<f64>elements, end - first);
  takePiece(
    size,
    frame,
    phase,
    chunk,
    piece === 0,
    operation,
    src,
    other,
    dst,
    first,
    count,
    inner,
    columns,
    records,
  );
}

/** `count` elements of each lane, from element `first` on, which is the first of its chunk if it `begins`. */
function takePiece(
  size: usize,
  frame: usize,
  phase: i32,
  chunk: usize,
  begins: bool,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  first: f64,
  count: usize,
  inner: usize,
  columns: usize,
  records: usize,
): void {
  let lanes = records + CHUNK_RECORDS * RECORD;
  let record = records + chunk * RECORD;
  const step = inner === 1 ? 0 : inner * size;
  const groups: usize = step ? (columns * size) / VECTOR : 1;
  for (let g: usize = 0; g < groups; ++g) {
    if (size === 4)
      takeGroup<f32>(frame, phase, operation, src, other, dst, first, count, step, record, lanes, begins);
    else takeGroup<f64>(frame, phase, operation, src, other, dst, first, count, step, record, lanes, begins);
    src += VECTOR;
    other += VECTOR;
    dst += VECTOR;
    record += RECORD;
    lanes += RECORD;
  }
}

function takeGroup<T extends number>(
  frame: usize,
  phase: i32,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  first: f64,
  count: usize,
  step: usize,
  chunk: usize,
  lanes: usize,
  begins: bool,
): void {
  if (phase === 0) lookAt<T>(frame, operation, src, other, count, step, chunk, begins);
  else if (phase === 2) sumPiece<T>(frame, operation, src, other, dst, count, step, chunk, lanes, begins);
  else finishPiece<T>(frame, operation, src, other, dst, first, count, step, chunk, lanes, begins);
}

/** What follows from all pieces; results go to `dst`, one after the other. */
function join(
  size: usize,
  frame: usize,
  phase: i32,
  operation: i32,
  dst: usize,
  length: f64,
  inner: usize,
  columns: usize,
  numbers: usize,
  records: usize,
): void {
  const width = VECTOR / size;
  const lanes = records + CHUNK_RECORDS * RECORD;
  const isRow = inner === 1;
  const groups: usize = isRow ? 1 : columns / width;
  const perGroup: usize = isRow ? 1 : width;
  const count = groups * perGroup;
  if (phase === 1) {
    takeNumbers(size, lanes, operation, numbers, width * numberBytes(operation), perGroup, count);
  }
  for (let g: usize = 0; g < groups; ++g) {
    const first = records + g * RECORD;
    const end = isRow ? records + chunksOf(length, inner) * RECORD : first + RECORD;
    const to = dst + g * VECTOR;
    if (size === 4)
      joinGroup<f32>(frame, phase, operation, to, length, isRow, first, end, lanes + g * RECORD);
    else joinGroup<f64>(frame, phase, operation, to, length, isRow, first, end, lanes + g * RECORD);
  }
  if (phase === 3) {
    giveParts(size, lanes, operation, dst, width * partsBytes(operation), perGroup, count);
  }
}

function joinGroup<T extends number>(
  frame: usize,
  phase: i32,
  operation: i32,
  dst: usize,
  length: f64,
  isRow: bool,
  chunks: usize,
  end: usize,
  lanes: usize,
): void {
  const step = isRow ? 0 : VECTOR;
  if (phase === 1) {
    anchorLanes<T>(frame, operation, step, chunks, end, lanes);
    return;
  }
  const isResult = phase === 5 || (operation & PER_LANE && partsBytes(operation) === 0);
  const result =
    phase === 3
      ? joinSums<T>(frame, operation, length, step, chunks, end, lanes)
      : joinLabels<T>(frame, step, chunks, end, lanes);
  if (!isResult) return;
  if (isRow) store<T>(dst, v128.extract_lane<T>(result, 0));
  else v128.store(dst, result);
}
