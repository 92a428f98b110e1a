/**
 * The grid of the pieces of long lanes, and their phases. Both follow from the operation and the length alone, so that
 * any host, and any number of threads, gives the same bits.
 */
import { ALR, CROSS_ENTROPY_GRAD, LOG_SOFTMAX_VJP, NORMALIZED_SOFTMAX, PER_LANE, SOFTMAX_VJP } from "./abi";
import { CHUNK_RECORDS } from "./frame";

/** Rows that are longer than this are long. */
const LONG_ROW: f64 = 65536;
/** Lanes side by side that are longer than this are long. */
const LONG_COLUMN: f64 = 2048;
/** The least elements of a chunk of a row: microseconds of work. */
const LEAST: u64 = 16384;
/** The most elements of a piece of a row: they stay in the second cache. */
const PIECE: usize = 16384;
/** Elements that a piece has of each lane, where lanes lie side by side. */
const PIECE_OF_COLUMN: usize = 512;

export function isLong(length: f64, inner: usize): bool {
  return length > (inner === 1 ? LONG_ROW : LONG_COLUMN);
}

/** Elements of a chunk, in whole vectors. The last chunk of a row may have less. */
export function chunkLength(length: f64, inner: usize): f64 {
  if (inner > 1) return length;
  const least = (<u64>length + CHUNK_RECORDS - 1) / CHUNK_RECORDS;
  return <f64>max(LEAST, (least + 255) & ~255);
}

/** How many chunks lanes have; lanes side by side have one. */
export function chunksOf(length: f64, inner: usize): usize {
  return <usize>Math.ceil(length / chunkLength(length, inner));
}

/** Elements of a piece, in whole vectors. The last piece of a chunk may have less. */
export function pieceLength(length: f64, inner: usize): usize {
  if (inner > 1) return PIECE_OF_COLUMN;
  const elements = chunkLength(length, inner);
  const pieces = Math.ceil(elements / PIECE);
  return (<usize>Math.ceil(elements / pieces) + 255) & ~255;
}

/** The phases that an operation has: bit k is phase k. */
export function phasesOf(operation: i32): i32 {
  if (operation === ALR) return 0b010010;
  if (operation === NORMALIZED_SOFTMAX) return 0b010011;
  if (operation === SOFTMAX_VJP || operation === LOG_SOFTMAX_VJP) return 0b010011;
  if (operation & PER_LANE) return 0b001111;
  return operation === CROSS_ENTROPY_GRAD ? 0b111111 : 0b011111;
}
