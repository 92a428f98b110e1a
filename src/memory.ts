import type { FloatArray, Resident } from "./backend/backend.js";

const PAGE = 65536;
/** Whole cache lines: blocks start on one, and so no two share one. */
const ALIGNMENT = 64;

/** A span of linear memory, in bytes. */
export interface Block {
  readonly offset: number;
  readonly bytes: number;
}

/**
 * A WebAssembly.Memory, dealt out in blocks, first fit. It grows when no free span is long enough and never
 * shrinks: to give memory back, drop the whole instance.
 *
 * Growing detaches every view made before. The views here are made anew then; `f32` and `f64` are to be read for
 * each use and not kept.
 */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  private readonly free: Block[];
  private floats: Float32Array<ArrayBuffer>;
  private doubles: Float64Array<ArrayBuffer>;

  /** Throws a RangeError where the engine has no address space left: it reserves gigabytes for each memory. */
  constructor(bytes: number) {
    const pages = Math.ceil(bytes / PAGE);
    this.memory = new WebAssembly.Memory({ initial: pages });
    this.free = [{ offset: 0, bytes: pages * PAGE }];
    this.floats = new Float32Array(this.memory.buffer);
    this.doubles = new Float64Array(this.memory.buffer);
  }

  get f32(): Float32Array<ArrayBuffer> {
    if (this.floats.length === 0) this.floats = new Float32Array(this.memory.buffer);
    return this.floats;
  }

  get f64(): Float64Array<ArrayBuffer> {
    if (this.doubles.length === 0) this.doubles = new Float64Array(this.memory.buffer);
    return this.doubles;
  }

  /** Whether `array` lies in this memory; its byteOffset then is its address. */
  holds(array: FloatArray): boolean {
    return array.buffer === this.f32.buffer;
  }

  /** A block of at least `bytes` bytes. Throws a RangeError if it has to grow, and may not or cannot. */
  take(bytes: number, mayGrow = true): Block {
    const wanted = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    let k = this.free.findIndex((span) => span.bytes >= wanted);
    if (k < 0) {
      if (!mayGrow) throw new RangeError("no free span is long enough");
      const end = this.memory.buffer.byteLength;
      const last = this.free.at(-1);
      const open = last !== undefined && last.offset + last.bytes === end ? last.bytes : 0;
      const pages = Math.ceil((wanted - open) / PAGE);
      this.memory.grow(pages);
      this.give({ offset: end, bytes: pages * PAGE });
      k = this.free.length - 1;
    }
    const { offset, bytes: spanBytes } = this.free[k];
    if (spanBytes === wanted) this.free.splice(k, 1);
    else this.free[k] = { offset: offset + wanted, bytes: spanBytes - wanted };
    return { offset, bytes: wanted };
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

  /**
   * A resident array, and room for another as long: then a call that has to stage a part of this one need not grow
   * the memory and detach it. Room that is not used costs addresses only.
   */
  allocate(type: "f32" | "f64", length: number): Resident {
    const ArrayType = type === "f32" ? Float32Array : Float64Array;
    let block: Block;
    try {
      block = this.take(length * ArrayType.BYTES_PER_ELEMENT);
    } catch {
      throw new RangeError(`allocate: the memory cannot grow by ${length} elements of ${type}`);
    }
    try {
      this.give(this.take(block.bytes));
    } catch {
      // Without it such calls are left to the pure TypeScript path.
    }
    return new ResidentBlock(this, block, () => new ArrayType(this.memory.buffer, block.offset, length));
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
    if (this.array.buffer !== this.owner.memory.buffer) this.array = this.makeView();
    return this.array;
  }

  free(): void {
    if (this.freed) return;
    this.freed = true;
    this.owner.give(this.block);
  }

  [Symbol.dispose](): void {
    this.free();
  }
}
