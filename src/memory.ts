import type { FloatArray, Resident } from "./backend/backend.js";

export const PAGE = 65536;
/** Whole cache lines: blocks start on one, and so no two share one. */
const ALIGNMENT = 64;

/** A span of linear memory, in bytes. */
export interface Block {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * A WebAssembly.Memory, or a span of one, dealt out in blocks, first fit. It grows when no free span is long enough and
 * never shrinks: to give memory back, drop the whole instance.
 *
 * Growing detaches every view made before, unless the memory is shared: so `u8`, `f32` and `f64`, which are made anew
 * then, are to be read for each use.
 */
export class LinearMemory {
  u8: Uint8Array<ArrayBuffer>;
  f32: Float32Array<ArrayBuffer>;
  f64: Float64Array<ArrayBuffer>;
  private readonly free: Block[];
  readonly isShared: boolean;
  /** A shared memory has another buffer after it has grown, and the one before shows the same bytes. */
  private readonly buffers = new WeakSet<ArrayBufferLike>();
  private residents = 0;

  /** Of a `span` that somebody else has set apart, nothing grows, and arrays beside it count as resident. */
  constructor(
    readonly memory: WebAssembly.Memory,
    private readonly span?: Block,
  ) {
    const { buffer } = memory;
    this.isShared = !(buffer instanceof ArrayBuffer);
    this.free = [span ?? { offset: 0, bytes: buffer.byteLength }];
    this.u8 = new Uint8Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.buffers.add(buffer);
  }

  /** Whether there may be resident arrays. */
  get hasResidents(): boolean {
    return this.residents > 0 || this.span !== undefined;
  }

  /** Whether nobody's views would be detached, or overlooked, if the memory grew. */
  get mayGrow(): boolean {
    return this.span === undefined && (this.isShared || this.residents === 0);
  }

  /** Whether `array` is a resident one, or a part of it; its byteOffset then is its address. */
  holds(array: FloatArray | Uint8Array): boolean {
    // `buffer` is slow to read (15 ns on Node 20), and a memory is seldom lived in.
    if (!this.hasResidents) return false;
    const { buffer } = array;
    return buffer === this.f32.buffer || (this.isShared && this.buffers.has(buffer));
  }

  /** A block of at least `bytes` bytes. Throws a RangeError if it has to grow, and may not or cannot. */
  take(bytes: number, mayGrow = this.span === undefined): Block {
    const wanted = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    let k = this.free.findIndex((span) => span.bytes >= wanted);
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
    const { offset, bytes: spanBytes } = this.free[k];
    if (spanBytes === wanted) this.free.splice(k, 1);
    else this.free[k] = { offset: offset + wanted, bytes: spanBytes - wanted };
    return { offset, bytes: wanted };
  }

  /** Makes views of all the memory there is, after another thread has made it grow. */
  renew(): void {
    const { buffer } = this.memory;
    this.u8 = new Uint8Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.buffers.add(buffer);
  }

  /** Takes a block back and joins it with the free spans at its ends. */
  give(block: Block): void {
    if (block.bytes === 0) return;
    const { free } = this;
    let k = free.findIndex((span) => span.offset > block.offset);
    if (k < 0) k = free.length;
    let { offset, bytes } = block;
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
  allocate(type: "f32" | "f64", length: number): Resident {
    const ArrayType = type === "f32" ? Float32Array : Float64Array;
    const block = this.take(length * ArrayType.BYTES_PER_ELEMENT);
    this.residents++;
    return new ResidentBlock(this, block, () => new ArrayType(this.memory.buffer, block.offset, length));
  }

  release(block: Block): void {
    this.residents--;
    this.give(block);
  }
}

class ResidentBlock implements Resident {
  private freed = false;
  private array: FloatArray;

  constructor(
    private readonly owner: LinearMemory,
    private readonly block: Block,
    private readonly makeView: () => FloatArray,
  ) {
    this.array = makeView().fill(0);
  }

  get view(): FloatArray {
    if (this.freed) throw new TypeError("Resident: view was read after free()");
    // Views of a shared memory stay: two of one array are always of one buffer.
    const { isShared, memory } = this.owner;
    if (!isShared && this.array.buffer !== memory.buffer) this.array = this.makeView();
    return this.array;
  }

  free(): void {
    if (this.freed) return;
    this.freed = true;
    this.owner.release(this.block);
  }

  [Symbol.dispose](): void {
    this.free();
  }
}
