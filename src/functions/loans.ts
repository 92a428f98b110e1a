/** Memory that calls need for numbers of their lanes. */
import { argumentArray } from "../arguments/arrays.js";
import { newOf } from "../dtype.js";
import type { Pending } from "../maybePromise.js";

/** A new array of up to 8 doubles lies in V8's heap, which takes 20 ns. */
const FEW = 8;

/** So many are views of a buffer that is not given back. */
const SOME = 64;

/** Memory is kept up to 1 MiB an array, and of two arrays, which the losses and their parts take together. */
const MOST = 2 ** 17;
const KEPT = 2;

const kept: Float64Array[] = [];

/**
 * An array for `count` numbers. What it holds is undefined. `giveBack` keeps it for the next call: a new one of 32 KiB, of
 * which the system has to find each page when it is touched first, took three times as long as the weighted sums of 1,000
 * rows of 10 themselves. One that is not given back, as its call has failed, is left to the collector.
 */
export function borrow(caller: string, count: number): Float64Array {
  if (count <= FEW) return new Float64Array(count);
  if (count <= SOME) return argumentArray(caller, false, count);
  const memory = kept.pop();
  if (memory === undefined || memory.length < count) return newOf(caller, Float64Array, count);
  return memory.length === count ? memory : memory.subarray(0, count);
}

/** Ends the use of an array that was borrowed. */
export function giveBack(array: Float64Array): void {
  if (array.length <= SOME || kept.length === KEPT) return;
  const memory = array.byteLength === array.buffer.byteLength ? array : new Float64Array(array.buffer);
  if (memory.length <= MOST) kept.push(memory);
}

/** The same once nothing is pending. */
export function giveBackWhenDone(pending: Pending, array: Float64Array): Pending {
  if (pending !== undefined) return giveBackLater(pending, array);
  giveBack(array);
  return undefined;
}

async function giveBackLater(pending: Promise<void>, array: Float64Array): Promise<void> {
  await pending;
  giveBack(array);
}
