/**
 * Long lanes are computed piece by piece, so that a host needs memory for a piece only, whatever the length of the
 * lane. The pieces are those of `grid.ts`, and the phases of an operation follow each other:
 *
 *   0  the maximum of a piece           1  from the maxima of all pieces, what their terms are relative to
 *   2  the terms of a piece, summed     3  from the sums of all pieces, what the last pass takes, or the results of the lanes
 *   4  the last pass over a piece       5  the results at labels
 *
 * Not every operation has all phases. A row is cut into up to 64 chunks of whole pieces. Within phases 0, 2 and 4 the
 * chunks may be computed in any order and by several threads, and each chunk from its first piece to its last. Lanes
 * side by side are one chunk. `run` does the same, and so gives the same bits.
 */
import { prepareFor } from "./constants";
import { CHUNK_RECORDS, LANE, LANE_SECOND, LONG, RECORD, STAGE } from "./frame";
import { chunkLength, chunksOf, isLong, phasesOf, pieceLength } from "./grid";
import { join } from "./joins";
import { numberBytes, partsBytes } from "./numbers";
import { finishPiece, lookAt, sumPiece } from "./pieces";
import { VECTOR } from "./vectors";

/** How many vectors of lanes side by side `run` takes at once. */
const AT_ONCE: usize = 16;
const PHASES: i32 = 6;

/** All phases of lanes in memory: of a row or, if `inner` is over 1, of `columns` lanes. The frame is prepared. */
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
  const elements = pieceLength(length, inner);
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
        let piece: usize = 0;
        for (let first = k * chunk; first < end; first += elements) {
          const at = first * step;
          takePiece(
            size,
            frame,
            phase,
            k,
            piece,
            operation,
            src + at,
            other + at,
            dst + at,
            length,
            inner,
            columns,
            records,
          );
          ++piece;
        }
      }
    }
  }
}

/** Puts the results at the labels, which are one after the other at `results`, in their places. */
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

/**
 * A phase, or a piece of one, by a thread that may not have seen the lanes before: `index.ts` says what the arguments
 * are.
 */
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
  if (phase & 1) join(size, frame, phase, operation, dst, length, inner, columns, numbers, records);
  else
    takePiece(size, frame, phase, chunk, piece, operation, src, other, dst, length, inner, columns, records);
}

/** Phase 0, 2 or 4 for a piece of a chunk. */
function takePiece(
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
  records: usize,
): void {
  const elements = <f64>pieceLength(length, inner);
  const from = <f64>chunk * chunkLength(length, inner);
  const first = from + <f64>piece * elements;
  const end = min(from + chunkLength(length, inner), length);
  assert(first < end, "there is no such piece");
  const count = <usize>min(elements, end - first);
  const begins = piece === 0;
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
