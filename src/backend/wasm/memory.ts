import { arrayOf, bytesOf } from "../../dtype.js";
import { type IsInUse, ResidentArray, registerResident } from "../../resident.js";
import type { Resident, StoredArray, StoredType } from "../../types.js";

export const PAGE = 65536;
/** A cache line: each span starts on one, so no two spans share one. */
const ALIGNMENT = 64;

/** Part of linear memory, in bytes. */
export interface Span {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Deals out spans of a WebAssembly.Memory, or of a span of one, first fit. The memory grows when no free span is long
 * enough, and never shrinks: to give memory back, drop the whole instance.
 *
 * Growing detaches every earlier view, except of shared memory. Read `u8`, `u16`, `f32` and `f64` for each use: growing
 * replaces them.
 */
export class LinearMemory {
  u8: Uint8Array<ArrayBuffer>;
  u16: Uint16Array<ArrayBuffer>;
  f32: Float32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;
  /** Theirs: reading that of a view is slow (15 ns on Node 20). */
  private buffer: ArrayBuffer;
  private readonly free: Span[];
  readonly isShared: boolean;
  /** A shared memory that has grown has a new buffer. The earlier ones show the same bytes. */
  private readonly buffers = new WeakSet<ArrayBufferLike>();
  private residents = 0;
  /** No resident has begun before this address. */
  private least: number;
  /** The spans of residents that are not empty, in order. */
  private readonly used: Span[] = [];
  /** The views of residents that were freed. Their memory may be that of another resident now. */
  private readonly freed = new WeakSet<ArrayBufferView>();
  /** Arrays that pending calls use. */
  private readonly held = new Set<readonly ArrayBufferView[]>();
  /** The spans of residents that nobody can read any more. Derived views of them may be left: see `reclaim`. */
  private readonly dropped = new Set<Span>();
  private readonly registry: FinalizationRegistry<Span> | undefined;

  /** With a `home`, deals out only that span of a memory that has another owner. Arrays outside it count as resident. */
  constructor(
    readonly memory: WebAssembly.Memory,
    private readonly home?: Span,
  ) {
    const { buffer } = memory;
    // By its tag: in Jest and in Vitest's jsdom the ArrayBuffer of a memory may be of another realm than ours.
    this.isShared = Object.prototype.toString.call(buffer) !== "[object ArrayBuffer]";
    this.free = [home ?? { offset: 0, bytes: buffer.byteLength }];
    this.least = home === undefined ? Number.POSITIVE_INFINITY : 0;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.buffer = buffer;
    this.buffers.add(buffer);
    const { dropped, isShared } = this;
    // Some workers' hosts (workerd) have none.
    if (!isShared && typeof FinalizationRegistry !== "undefined") {
      this.registry = new FinalizationRegistry((span) => dropped.add(span));
    }
  }

  /** Whether growing would detach no resident array. */
  get mayGrow(): boolean {
    return this.home === undefined && (this.isShared || this.residents === 0);
  }

  /** Whether `array` is a resident array or part of one. Its byteOffset then is its address. */
  holds(array: StoredArray | Uint8Array): boolean {
    // Most arrays begin at 0 of a buffer of their own.
    if (array.byteOffset < this.least) return false;
    const { buffer } = array;
    return buffer === this.buffer || (this.isShared && this.buffers.has(buffer));
  }

  /** A span of at least `bytes` bytes. Throws a RangeError if the memory has to grow but may not or cannot. */
  take(bytes: number, mayGrow = this.home === undefined): Span {
    const wanted = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    let k = this.free.findIndex(({ bytes }) => bytes >= wanted);
    if (k < 0) {
      if (!mayGrow) throw new RangeError("no free span is long enough");
      const end = this.memory.buffer.byteLength;
      const last = this.free.at(-1);
      const open = last !== undefined && last.offset + last.bytes === end ? last.bytes : 0;
      const pages = Math.ceil((wanted - open) / PAGE);
      this.memory.grow(pages);
      this.renew();
      this.give({ offset: end, bytes: pages * PAGE });
      k = this.free.length - 1;
    }
    const { offset, bytes: available } = this.free[k];
    if (available === wanted) this.free.splice(k, 1);
    else this.free[k] = { offset: offset + wanted, bytes: available - wanted };
    return { offset, bytes: wanted };
  }

  /** Makes new views of all the memory, after it has grown here or on another thread. */
  renew(): void {
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.buffer = buffer;
    this.buffers.add(buffer);
  }

  /** Takes a span back and joins it with the free spans at its ends. */
  give(span: Span): void {
    if (span.bytes === 0) return;
    const { free } = this;
    let k = free.findIndex(({ offset }) => offset > span.offset);
    if (k < 0) k = free.length;
    let { offset, bytes } = span;
    let removed = 0;
    if (k < free.length && offset + bytes === free[k].offset) {
      bytes += free[k].bytes;
      removed = 1;
    }
    if (k > 0 && free[k - 1].offset + free[k - 1].bytes === offset) {
      k--;
      offset = free[k].offset;
      bytes += free[k].bytes;
      removed++;
    }
    free.splice(k, removed, { offset, bytes });
  }

  /** Throws a RangeError if there is no memory for it. */
  allocate(type: StoredType, length: number): Resident<StoredArray> {
    const span = this.takeForArray(length * bytesOf(type));
    this.residents++;
    this.least = Math.min(this.least, span.offset);
    if (span.bytes > 0) this.used.splice(this.usedBefore(span.offset), 0, span);
    const makeView = (): StoredArray => {
      const view = arrayOf(type, length, this.memory.buffer, span.offset);
      registerResident(view, this.isInUse);
      return view;
    };
    let array = makeView().fill(0);
    const view = (): StoredArray => {
      // A view that growing has detached shows no elements: to ask that first saves reading two buffers, 15 to 40 ns. Views of a
      // shared memory stay valid. Keeping the first makes all views of an array share one buffer.
      if (array.length === 0 && !this.isShared && array.buffer !== this.memory.buffer) array = makeView();
      return array;
    };
    const resident: Resident<StoredArray> = new ResidentArray(type, length, view, () => {
      this.giveBack(resident, span);
      this.freed.add(array);
    });
    this.registry?.register(resident, span, resident);
    return resident;
  }

  /** Whether an array on this memory lies within a resident. (Parts of one that was freed do so where another lies now.) */
  private readonly isInUse: IsInUse = (array) => {
    const { byteOffset, byteLength } = array;
    const span = this.used[this.usedBefore(byteOffset + 1) - 1];
    return (
      span !== undefined && byteOffset + byteLength <= span.offset + span.bytes && !this.freed.has(array)
    );
  };

  /** How many residents begin before this address. */
  private usedBefore(address: number): number {
    let [low, high] = [0, this.used.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.used[middle].offset < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private takeForArray(bytes: number): Span {
    try {
      return this.take(bytes, false);
    } catch {
      this.reclaim();
      return this.take(bytes);
    }
  }

  /**
   * Gives back the spans of residents that were dropped without `free()`. A view of one may have been kept, or a subarray, or a
   * Buffer on its memory, of which no registry knows. Growing detaches them all, even by nothing. So it is done only where an
   * array needs memory and `take` would grow it anyway. Views of shared memory stay: there nothing is given back.
   */
  private reclaim(): void {
    if (this.dropped.size === 0) return;
    this.memory.grow(0);
    this.renew();
    for (const span of this.dropped) this.release(span);
    this.dropped.clear();
  }

  /** Keeps residents from being freed that hold one of these arrays, until the function that it returns is called. */
  hold(arrays: readonly ArrayBufferView[]): () => void {
    this.held.add(arrays);
    return () => this.held.delete(arrays);
  }

  /** Frees the span of a resident. Throws an Error if a pending call uses it. */
  private giveBack(resident: Resident<StoredArray>, span: Span): void {
    for (const arrays of this.held) {
      if (arrays.some((array) => this.overlaps(array, span))) {
        throw new Error(
          "Resident: free() was called while a call on the array is pending: await the call first",
        );
      }
    }
    this.registry?.unregister(resident);
    this.release(span);
  }

  private overlaps(array: ArrayBufferView, { offset, bytes }: Span): boolean {
    const { buffer, byteOffset, byteLength } = array;
    return this.buffers.has(buffer) && byteOffset < offset + bytes && offset < byteOffset + byteLength;
  }

  private release(span: Span): void {
    this.residents--;
    if (span.bytes > 0) this.used.splice(this.usedBefore(span.offset), 1);
    this.give(span);
  }
}
