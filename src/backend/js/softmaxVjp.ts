/** Vector-Jacobian products of softmax, p · (dy - Σ p dy) / T: see vjp.ts. */
import { normalized } from "../../math/sums.js";
import { ONE } from "../../math/tables.js";
import type { Pair } from "../../types.js";

const UNIT = 1 / ONE;

/** Below this, sums of f64 may lack what subnormal products have lost. */
const LEAST = 2 ** -960;

/**
 * Sums of f32 are split into blocks of this many terms, so that their error does not grow with the lane. Not exported: V8
 * reads what is anew in each loop, and rows of ten would take 1.08 of the time.
 */
const BLOCK = 512;

/** Where the elements of a lane lie. */
export interface Lane {
  readonly start: number;
  readonly length: number;
  readonly stride: number;
  readonly temperature: number;
}

/** `softmaxF32` of all lanes where they are rows: in loops with a stride it takes 1.3 times as long. */
export function softmaxRowsF32(
  p: Float32Array,
  dy: Float32Array,
  out: Float32Array,
  length: number,
  temperature: number,
): void {
  const inverse = 1 / temperature;
  const size = p.length;
  for (let start = 0; start < size; start += length) {
    const end = start + length;
    let total = 0;
    for (let from = start; from < end; from += BLOCK) {
      total += dotF32(p, dy, from, Math.min(from + BLOCK, end));
    }
    // NaN if it is infinite.
    total += total - total;
    // In twos: a tenth less.
    let k = start;
    for (; k < end - 1; k += 2) {
      out[k] = p[k] * ((dy[k] - total) * inverse);
      out[k + 1] = p[k + 1] * ((dy[k + 1] - total) * inverse);
    }
    if (k < end) out[k] = p[k] * ((dy[k] - total) * inverse);
  }
}

/**
 * Σ p dy from `from` to `to` - 1, by four sums in turn, as an addition waits for the one before. The products are exact. The
 * order is that of assembly/totalShort.ts, so short rows have the bits of the kernels: see `isQuickerInTypeScript`. With the end
 * looked for at each of the four, and no loop for what is left, rows of ten take 0.85 of the time.
 */
function dotF32(p: Float32Array, dy: Float32Array, from: number, to: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let k = from; k < to; k++) {
    a += p[k] * dy[k];
    if (++k === to) break;
    b += p[k] * dy[k];
    if (++k === to) break;
    c += p[k] * dy[k];
    if (++k === to) break;
    d += p[k] * dy[k];
  }
  return a + c + (b + d);
}

/** One lane, with a stride. */
export function softmaxF32(p: Float32Array, dy: Float32Array, out: Float32Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const inverse = 1 / lane.temperature;
  const total = stridedDotF32(p, dy, lane);
  for (let k = 0, at = start; k < length; k++, at += stride) out[at] = p[at] * ((dy[at] - total) * inverse);
}

/** Σ p dy. NaN in place of an infinite sum, so that no result in such a lane is finite. */
function stridedDotF32(p: Float32Array, dy: Float32Array, { start, length, stride }: Lane): number {
  let sum = 0;
  for (let from = 0; from < length; from += BLOCK) {
    const end = start + Math.min(from + BLOCK, length) * stride;
    let part = 0;
    for (let at = start + from * stride; at < end; at += stride) part += p[at] * dy[at];
    sum += part;
  }
  return Number.isFinite(sum) ? sum : Number.NaN;
}

/** The same of f64: from rounded products, as in the kernels and with their bound. Exact ones take twice the time. */
export function softmaxRowsF64(
  p: Float64Array,
  dy: Float64Array,
  out: Float64Array,
  length: number,
  temperature: number,
): void {
  const inverse = 1 / temperature;
  const size = p.length;
  for (let start = 0; start < size; start += length) {
    const end = start + length;
    let total = dotF64(p, dy, start, end);
    if (Math.abs(total) < LEAST) {
      softmaxExactF64(p, dy, out, { start, length, stride: 1, temperature });
      continue;
    }
    // NaN if it is infinite.
    total += total - total;
    let k = start;
    for (; k < end - 1; k += 2) {
      out[k] = p[k] * ((dy[k] - total) * inverse);
      out[k + 1] = p[k + 1] * ((dy[k + 1] - total) * inverse);
    }
    if (k < end) out[k] = p[k] * ((dy[k] - total) * inverse);
  }
}

/** The same from rounded products: four are added up, and their sums compensated. What is left is added one by one. */
function dotF64(p: Float64Array, dy: Float64Array, from: number, to: number): number {
  let sum = 0;
  let rest = 0;
  let k = from;
  for (const fours = to - 3; k < fours; k++) {
    let first = p[k] * dy[k];
    first += p[++k] * dy[k];
    let second = p[++k] * dy[k];
    second += p[++k] * dy[k];
    const term = first + second;
    const next = sum + term;
    const taken = next - sum;
    rest += sum - (next - taken) + (term - taken); // Knuth, TAOCP 4.2.2
    sum = next;
  }
  return k < to ? withLast(p, dy, k, to, sum, rest) : sum + rest;
}

/** A function of its own: with this loop too, lanes of 1,000 would take 1.1 of the time. */
function withLast(
  p: Float64Array,
  dy: Float64Array,
  from: number,
  to: number,
  sum: number,
  rest: number,
): number {
  for (let k = from; k < to; k++) {
    const term = p[k] * dy[k];
    const next = sum + term;
    const taken = next - sum;
    rest += sum - (next - taken) + (term - taken);
    sum = next;
  }
  return sum + rest;
}

/** One lane, with a stride. */
export function softmaxF64(p: Float64Array, dy: Float64Array, out: Float64Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const inverse = 1 / lane.temperature;
  let total = stridedDotF64(p, dy, lane);
  if (Math.abs(total) < LEAST) {
    softmaxExactF64(p, dy, out, lane);
    return;
  }
  total += total - total;
  for (let k = 0, at = start; k < length; k++, at += stride) out[at] = p[at] * ((dy[at] - total) * inverse);
}

/** To the bits of `dotF64`. */
function stridedDotF64(p: Float64Array, dy: Float64Array, { start, length, stride }: Lane): number {
  const end = start + length * stride;
  const twice = 2 * stride;
  const thrice = 3 * stride;
  let sum = 0;
  let rest = 0;
  let k = start;
  for (; k < end - thrice; k += 4 * stride) {
    const first = p[k] * dy[k] + p[k + stride] * dy[k + stride];
    const term = first + (p[k + twice] * dy[k + twice] + p[k + thrice] * dy[k + thrice]);
    const next = sum + term;
    const taken = next - sum;
    rest += sum - (next - taken) + (term - taken);
    sum = next;
  }
  for (; k < end; k += stride) {
    const term = p[k] * dy[k];
    const next = sum + term;
    const taken = next - sum;
    rest += sum - (next - taken) + (term - taken);
    sum = next;
  }
  return sum + rest;
}

/** The same from exact products. Takes dy in units of 1 / ONE, so that no product but the last can underflow. */
function softmaxExactF64(p: Float64Array, dy: Float64Array, out: Float64Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const divisor = lane.temperature * ONE;
  const { high: sum, low: rest } = exactDotF64(p, dy, lane);
  const one = ONE;
  if (divisor === ONE) {
    // The same without a division, which is slow.
    for (let k = 0, at = start; k < length; k++, at += stride) {
      out[at] = p[at] * ((dy[at] * one - sum - rest) * UNIT);
    }
    return;
  }
  for (let k = 0, at = start; k < length; k++, at += stride) {
    out[at] = p[at] * ((dy[at] * one - sum - rest) / divisor);
  }
}

/**
 * Σ p dy ONE as if computed in twice the precision (Ogita, Rump and Oishi 2005, algorithm Dot2), but for 2^-79 of each product:
 * the product of the leading halves is exact, and is what is summed. That takes 2.4 ns an element, rounded products 0.6.
 */
function exactDotF64(p: Float64Array, dy: Float64Array, { start, length, stride }: Lane): Pair {
  const split = 2 ** 27 + 1;
  const one = ONE;
  let sum = 0;
  let rest = 0;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const a = p[at];
    const b = dy[at] * one;
    const scaledA = a * split;
    const scaledB = b * split;
    const aHigh = scaledA - (scaledA - a);
    const bHigh = scaledB - (scaledB - b);
    const term = aHigh * bHigh;
    const next = sum + term;
    const taken = next - sum;
    rest += sum - (next - taken) + (term - taken) + (a * (b - bHigh) + (a - aHigh) * bHigh);
    sum = next;
  }
  return normalized({ high: sum, low: rest });
}
