import { SOFTMAX_VJP } from "../../../assembly/abi.js";
import { reductionAt, withoutLast } from "../../math/reduction.js";
import { compensatedSum, normalized } from "../../math/sums.js";
import {
  INFINITE,
  LOWEST_OCTAVE,
  NOTHING,
  ONE,
  ROUND,
  STEPS,
  type Tables,
  tables,
} from "../../math/tables.js";
import type { FloatArray, Operands, Pair } from "../../types.js";
import type { Lanes, Loops } from "./loops.js";

const NO_SLOPES: FloatArray = /* @__PURE__ */ new Float64Array(0);

// e^r - 1 = r + r²/2 + r³/6 with r = n * ln2 / 512, |n| <= 1/2; what follows is under 1.3e-11 of it.
const TERM_1 = Math.LN2 / STEPS;
const TERM_2 = (TERM_1 * TERM_1) / 2;
const TERM_3 = (TERM_1 * TERM_1 * TERM_1) / 6;

const UNIT = 1 / ONE;

/** Below this, sums of f64 may lack what subnormal products have lost. */
const LEAST = 2 ** -960;

/** Sums of f32 are split into blocks of this many terms, so that their error does not grow with the lane. */
const BLOCK = 512;

/**
 * Vector-Jacobian products of softmax and log-softmax, from the values of these:
 *
 *   softmax:      p · (dy - Σ p dy) / T
 *   log-softmax:  (dy - p Σ dy) / T,  p = e^(log p) = power (1 + t),  dy - power S - power S t
 *
 * In this form log-softmax keeps its digits where p is near 1 and dy near the sum S: there power is 1, dy - S is exact,
 * and t is e^(log p) - 1. Probabilities below 2^-1136 count as 0.
 *
 * Bound: f32 js 0.51 ulp, f64 js 2.5 ulp
 *
 * of the result or, where terms cancel, of 2^-20 (f32) or 2^-8 (f64) of the largest; for softmax in f64, of the largest. Largest
 * measured: 0.501 and 2.4.
 * Another temperature costs up to one ulp of f64 more.
 */
export function runVjp(
  _: Loops,
  code: number,
  { x, out, layout, temperature }: Lanes,
  { y: dy = NO_SLOPES }: Operands,
): void {
  const { outer, length, inner } = layout;
  const isSoftmax = code === SOFTMAX_VJP;
  if (isSoftmax && inner === 1 && x.BYTES_PER_ELEMENT === 4) {
    softmaxRowsF32(x as Float32Array, dy as Float32Array, out as Float32Array, length, temperature);
    return;
  }
  const pullF32 = isSoftmax ? softmaxF32 : logSoftmaxF32;
  const pullF64 = isSoftmax ? softmaxF64 : logSoftmaxF64;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const lane = { start: o * length * inner + i, length, stride: inner, temperature, tables: tables() };
      if (x.BYTES_PER_ELEMENT === 4) {
        pullF32(x as Float32Array, dy as Float32Array, out as Float32Array, lane);
      } else {
        pullF64(x as Float64Array, dy as Float64Array, out as Float64Array, lane);
      }
    }
  }
}

/** Where the elements of a lane lie, and the other inputs of the loops. */
interface Lane {
  readonly start: number;
  readonly length: number;
  readonly stride: number;
  readonly temperature: number;
  readonly tables: Tables;
}

/** `softmaxF32` of all lanes where they are rows: in loops with a stride it takes 1.3 times as long. */
function softmaxRowsF32(
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

function softmaxF32(p: Float32Array, dy: Float32Array, out: Float32Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const inverse = 1 / lane.temperature;
  const total = sumF32(p, dy, lane);
  for (let k = 0, at = start; k < length; k++, at += stride) out[at] = p[at] * ((dy[at] - total) * inverse);
}

function logSoftmaxF32(logp: Float32Array, dy: Float32Array, out: Float32Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const { roots, powers } = lane.tables;
  const inverse = 1 / lane.temperature;
  const total = sumF32(undefined, dy, lane) / ONE;
  // Local copies: a bundler may turn constants of the module into variables that are read each time.
  const round = ROUND;
  const lowestOctave = LOWEST_OCTAVE;
  const term1 = TERM_1;
  const term2 = TERM_2;
  const term3 = TERM_3;
  const lowest = NOTHING * STEPS;
  const highest = INFINITE * STEPS;
  const stepsPerUnit = STEPS * Math.LOG2E;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const steps = Math.max(lowest, Math.min(logp[at] * stepsPerUnit, highest));
    const nearest = steps + round - round;
    const n = steps - nearest;
    const j = nearest | 0;
    const product = roots[j & 511] * powers[(j >> 9) - lowestOctave] * total;
    const t = n * (term1 + n * (term2 + n * term3));
    // Adding 0 makes 0 of -0.
    out[at] = (dy[at] - product - product * t) * inverse + 0;
  }
}

/** Σ p dy, or Σ dy without p. NaN in place of an infinite sum, so that no result in such a lane is finite. */
function sumF32(p: Float32Array | undefined, dy: Float32Array, { start, length, stride }: Lane): number {
  let sum = 0;
  for (let from = 0; from < length; from += BLOCK) {
    const end = start + Math.min(from + BLOCK, length) * stride;
    let part = 0;
    if (p === undefined) for (let at = start + from * stride; at < end; at += stride) part += dy[at];
    else for (let at = start + from * stride; at < end; at += stride) part += p[at] * dy[at];
    sum += part;
  }
  return Number.isFinite(sum) ? sum : Number.NaN;
}

/**
 * From rounded products, as in the kernels and with their bound: half the time. The plain loop takes 0.8 of this, as it does not
 * compensate its sum, whose error grows with the lane.
 */
function softmaxF64(p: Float64Array, dy: Float64Array, out: Float64Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const inverse = 1 / lane.temperature;
  let total = dotF64(p, dy, lane);
  if (Math.abs(total) < LEAST) {
    softmaxExactF64(p, dy, out, lane);
    return;
  }
  // NaN if it is infinite.
  total += total - total;
  for (let k = 0, at = start; k < length; k++, at += stride) out[at] = p[at] * ((dy[at] - total) * inverse);
}

/** Σ p dy: four rounded products are added up, and their sums compensated. */
function dotF64(p: Float64Array, dy: Float64Array, { start, length, stride }: Lane): number {
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
    rest += sum - (next - taken) + (term - taken); // Knuth, TAOCP 4.2.2
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

function logSoftmaxF64(logp: Float64Array, dy: Float64Array, out: Float64Array, lane: Lane): void {
  const { start, length, stride } = lane;
  const { shortRoots, powers } = lane.tables;
  const { stepsPerUnit, stepHigh, stepLow } = reductionAt(1);
  const divisor = lane.temperature * ONE;
  const { high: sum, low: rest } = normalized(compensatedSum(dy, start, length, stride));
  // Products of power, which has 26 bits, with either are exact.
  const high = withoutLast(27, sum);
  const low = sum - high;
  const round = ROUND;
  const one = ONE;
  const lowestOctave = LOWEST_OCTAVE;
  const lowest = NOTHING * Math.LN2;
  const highest = INFINITE * Math.LN2;
  for (let k = 0, at = start; k < length; k++, at += stride) {
    const z = Math.max(lowest, Math.min(logp[at], highest));
    const steps = z * stepsPerUnit + round - round;
    const j = steps | 0;
    const step = 2 * (j & 511);
    const r = z - steps * stepHigh - (steps * stepLow - shortRoots[step + 1]);
    const t = r + r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120))));
    const power = shortRoots[step] * powers[(j >> 9) - lowestOctave];
    out[at] = (dy[at] * one - power * high - power * low - power * (rest + sum * t)) / divisor + 0;
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
