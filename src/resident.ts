import { INSPECT, verb } from "./describe.js";
import { DISPOSE } from "./disposal.js";
import type { Resident, StoredArray, StoredType } from "./types.js";

/** Says whether an array, on a buffer that has residents, lies in one of them that has not been freed. */
export type IsInUse = (array: ArrayBufferView) => boolean;

const owners = new WeakMap<ArrayBufferLike, IsInUse>();

/** The views of residents that have not been freed. */
const views = new WeakSet<ArrayBufferView>();

let isAny = false;

/** Where the first resident of all begins in its buffer: what ends before this byte is none. */
let first = Number.POSITIVE_INFINITY;

/** Tells where a resident lies, so that `checkInUse` knows its buffer. */
export function registerResident(array: StoredArray, isInUse: IsInUse): void {
  owners.set(array.buffer, isInUse);
  views.add(array);
  first = Math.min(first, array.byteOffset);
  isAny = true;
}

/** Throws a TypeError for an array on linear memory that is no resident or part of one: somebody else's numbers lie there. */
export function checkInUse(caller: string, name: string, array: ArrayBufferView & ArrayLike<unknown>): void {
  // Reading `buffer` is slow (15 ns on Node 20), and no short array elsewhere ends that far from its beginning. Elements have 8
  // bytes at most: reading `byteLength` is slow too.
  if (isAny && array.byteOffset + 8 * array.length > first) checkOwner(caller, name, array);
}

function checkOwner(caller: string, name: string, array: ArrayBufferView): void {
  // Most are whole residents, and then the buffer need not be asked (measured: a sixth of a call of ten).
  if (views.has(array) || array.byteLength === 0 || owners.get(array.buffer)?.(array) !== false) return;
  throw new TypeError(
    `${caller}: ${name} ${verb(name, "was", "were")} freed, or ${verb(name, "lies", "lie")} in no single Resident`,
  );
}

/** A resident array of any backend. */
export class ResidentArray implements Resident<StoredArray> {
  readonly #type: StoredType;
  readonly #length: number;
  readonly #free: () => void;
  #view: (() => StoredArray) | undefined;

  /** `free` may throw: then nothing is freed. */
  constructor(type: StoredType, length: number, view: () => StoredArray, free: () => void) {
    this.#type = type;
    this.#length = length;
    this.#view = view;
    this.#free = free;
  }

  get view(): StoredArray {
    if (this.#view === undefined) throw new TypeError("Resident: view was read after free()");
    return this.#view();
  }

  free(): void {
    if (this.#view === undefined) return;
    const view = this.#view();
    this.#free();
    views.delete(view);
    this.#view = undefined;
  }

  [DISPOSE](): void {
    this.free();
  }

  /** What errors call it, also where a bundler has renamed the class. */
  get [Symbol.toStringTag](): string {
    return "Resident";
  }

  [INSPECT](): string {
    return `Resident { type: "${this.#type}", length: ${this.#length}, freed: ${this.#view === undefined} }`;
  }
}
