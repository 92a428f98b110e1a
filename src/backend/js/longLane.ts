import type { Reduction } from "../../math/reduction.js";
import { twoSum } from "../../math/sums.js";
import { ONE } from "../../math/tables.js";
import type { FloatArray } from "../../types.js";
import { LOWEST_TERM } from "./f64.js";
import type { Lanes, Loops } from "./loops.js";
import type { Scratch } from "./scratch.js";

/** Elements at a time: a multiple of the blocks of all loops. */
export const PIECE_LENGTH = 2 ** 14;

/** If less than this share of a total is left without the maximum, the others are summed by themselves. */
export const LOST = 2 ** -20;

/** Where the elements of a lane lie, and which of them count. */
export interface Place {
  readonly x: FloatArray;
  readonly start: number;
  readonly length: number;
  readonly stride: number;
  /** As long as x, or as the lane. */
  readonly mask?: Uint8Array | undefined;
}

/**
 * A lane for whose exponentials there is no memory: they are computed again, piece by piece, by each pass that takes them. What a
 * mask leaves out is -Infinity.
 */
export class LongLane {
  /** The largest element and its index, the first of equals. -Infinity and 0 if none is above -Infinity. */
  max = Number.NEGATIVE_INFINITY;
  top = 0;
  /** Whether the mask keeps any element. */
  isKept = false;
  hasNaN = false;

  constructor(
    private readonly loops: Loops,
    private readonly place: Place,
    private readonly reduction: Reduction,
    readonly scratch: Scratch,
  ) {
    this.eachRead((packed, from, count) => {
      for (let k = 0; k < count; k++) {
        const value = packed[k];
        if (value > this.max) {
          this.max = value;
          this.top = from + k;
        } else if (Number.isNaN(value)) this.hasNaN = true;
      }
    });
  }

  /** Puts `value` in the place of what the mask leaves out of `count` elements from element `from` on. */
  leaveOut(out: FloatArray, from: number, count: number, value: number): void {
    const { x, start, stride, mask } = this.place;
    if (mask === undefined) return;
    const isWhole = mask.length === x.length;
    for (let k = from; k < from + count; k++) {
      const at = start + k * stride;
      if (mask[isWhole ? at : k] === 0) out[at] = value;
    }
  }

  /** The total of the exponentials relative to the maximum, in two parts. NaN if that is infinite. */
  exponentiate(): void {
    const { total } = this.scratch;
    total[0] = Number.NaN;
    total[1] = 0;
    if (!Number.isFinite(this.max)) return;
    // The loops of f64 count the maximum as exactly ONE, from the start.
    total[0] = this.isSingle ? 0 : ONE;
    this.eachRead((_, from, count) => {
      this.load(from, count);
    });
  }

  /**
   * Hands out the exponentials, ONE times what they are: exponential `from` + k is values[k] + increases[k]. NaN where the total is.
   */
  each(visit: (from: number, count: number) => void): void {
    const { total, values } = this.scratch;
    const [sum, rest] = total;
    const isOrdinary = Number.isFinite(this.max);
    this.eachRead((_, from, count) => {
      if (isOrdinary) this.load(from, count);
      else values.fill(Number.NaN, 0, count);
      visit(from, count);
    });
    total[0] = sum;
    total[1] = rest;
  }

  /** The total without the largest. If less than `lost` times the total is left, the others are summed by themselves. */
  sumWithout(k: number, lost: number): number {
    const { values, increases, total } = this.scratch;
    const [value, increase] = k === this.top ? [ONE, 0] : this.exponentialAt(k);
    let sum = total[0] - value;
    let rest = total[0] - sum - value + (total[1] - increase);
    if (sum < total[0] * lost) {
      sum = 0;
      rest = 0;
      this.each((from, count) => {
        for (let j = 0; j < count; j++) {
          if (from + j === k) continue;
          const { high, low } = twoSum(sum, values[j]);
          sum = high;
          rest += low + increases[j];
        }
      });
    }
    const high = sum + rest;
    total[2] = rest - (high - sum);
    return high;
  }

  private get isSingle(): boolean {
    return this.scratch.packed.BYTES_PER_ELEMENT === 4;
  }

  private exponentialAt(k: number): readonly [value: number, increase: number] {
    const { values, increases } = this.scratch;
    let found: readonly [number, number] = [Number.NaN, 0];
    this.each((from, count) => {
      if (from <= k && k < from + count) found = [values[k - from], increases[k - from]];
    });
    return found;
  }

  /** The exponentials of the piece in `packed`, which are added to the total. */
  private load(from: number, count: number): void {
    const { loops, scratch, reduction, max, top } = this;
    const { packed, values, total } = scratch;
    if (this.isSingle) {
      const sum = loops.f32.exponentiatePiece(packed as Float32Array, count, max, reduction, values);
      const { high, low } = twoSum(total[0], sum);
      total[0] = high;
      total[1] += low;
      return;
    }
    for (let k = 0; k < count; k++) values[k] = packed[k];
    const at = from <= top && top < from + count ? top - from : -1;
    loops.f64.exponentiatePiece(scratch, count, max, at, LOWEST_TERM, reduction);
  }

  /** Copies the lane piece by piece into `packed`. */
  private eachRead(visit: (packed: FloatArray, from: number, count: number) => void): void {
    const { x, start, length, stride, mask } = this.place;
    const { packed } = this.scratch;
    const isWhole = mask?.length === x.length;
    for (let from = 0; from < length; from += PIECE_LENGTH) {
      const count = Math.min(PIECE_LENGTH, length - from);
      if (mask === undefined) {
        this.isKept = true;
        for (let k = 0, at = start + from * stride; k < count; k++, at += stride) packed[k] = x[at];
      } else {
        const first = isWhole ? start + from * stride : from;
        const step = isWhole ? stride : 1;
        for (let k = 0, at = start + from * stride; k < count; k++, at += stride) {
          const keeps = mask[first + k * step] !== 0;
          if (keeps) this.isKept = true;
          packed[k] = keeps ? x[at] : Number.NEGATIVE_INFINITY;
        }
      }
      visit(packed, from, count);
    }
  }
}

/** Visits the lanes one after the other, with the place of the first element and the number of each. */
export function eachLongLane(
  loops: Loops,
  { x, layout, scratch }: Lanes,
  mask: Uint8Array | undefined,
  reduction: Reduction,
  visit: (lane: LongLane, start: number, number: number) => void,
): void {
  const { outer, length, inner } = layout;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      visit(
        new LongLane(loops, { x, start, length, stride: inner, mask }, reduction, scratch),
        start,
        o * inner + i,
      );
    }
  }
}
