import { selectFirst, sortFirst } from "../../math/ranking.js";
import type { FloatArray, Layout } from "../../types.js";
import {
  capacityFor,
  collectLane,
  type Held,
  type Ranker,
  type Top,
  topInTypeScript,
  writeTop,
} from "../top.js";
import type { Kernels } from "./kernels.js";
import type { LinearMemory, Span } from "./memory.js";

/** Below this many elements of a lane the TypeScript path is faster. */
const LEAST = 256;
/** Blocks have a multiple of as many elements. */
const GROUP = 32;

/** Where the candidates of a lane lie in the window. What is left of it is the stage, where the elements of a lane pass. */
interface Room extends Held {
  readonly k: number;
  readonly capacity: number;
  /** How many candidates are held. */
  readonly count: Int32Array;
  /** Where the maxima of blocks lie, and how many there can be. */
  readonly maxima: number;
  readonly blocks: number;
  readonly stage: number;
  readonly stageBytes: number;
}

/** Finds the first k candidates of lanes by kernels: see assembly/collect.ts. */
export class TopByKernels implements Ranker {
  private room: Room | undefined;

  constructor(
    private readonly kernels: Kernels,
    private readonly memory: LinearMemory,
    private readonly window: Span,
  ) {}

  top(x: FloatArray, layout: Layout, mask: Uint8Array | undefined, top: Top): void {
    const { k } = top;
    const { outer, length, inner } = layout;
    const room = this.roomFor(k);
    if (inner !== 1 || length < LEAST || room.stageBytes < this.window.bytes / 2) {
      topInTypeScript(x, layout, mask, top);
      return;
    }
    for (let lane = 0; lane < outer; lane++) {
      let found = this.collectLane(x, lane * length, length, mask, room);
      // What the mask leaves out has become -Infinity, which the lane may hold too.
      if (mask !== undefined && room.values[found - 1] === Number.NEGATIVE_INFINITY) {
        found = collectLane(x, layout, lane, mask, k, room);
      }
      writeTop(room, found, layout, lane, top);
    }
  }

  /** Holds the first candidates of a lane, in order. Returns how many there are, or -1 beside NaN. */
  private collectLane(
    x: FloatArray,
    start: number,
    length: number,
    mask: Uint8Array | undefined,
    room: Room,
  ): number {
    const { k, count, values, indices, maxima, blocks, capacity } = room;
    const bytes = x.BYTES_PER_ELEMENT;
    const survey = bytes === 4 ? this.kernels.surveyF32 : this.kernels.surveyF64;
    const collect = bytes === 4 ? this.kernels.collectF32 : this.kernels.collectF64;
    const isResident = mask === undefined && this.memory.holds(x);
    const most = isResident ? length : Math.floor(room.stageBytes / (bytes + 1) / 16) * 16;
    const { byteOffset: countAt } = count;
    const { byteOffset: valuesAt } = values;
    const { byteOffset: indicesAt } = indices;
    // Nothing is below it or equal to it.
    let limit = Number.NaN;
    count[0] = 0;
    for (let first = 0; first < length; first += most) {
      const size = Math.min(most, length - first);
      const src = isResident
        ? x.byteOffset + start * bytes
        : this.enter(x, start + first, size, mask, room.stage);
      const block = Math.ceil(size / blocks / GROUP) * GROUP;
      const own = survey(src, size, block, k, maxima);
      if (own === Number.POSITIVE_INFINITY) return -1;
      limit = higher(limit, own);
      for (let at = 0; at < size; ) {
        at = collect(src, size, first, at, block, maxima, limit, valuesAt, indicesAt, countAt, capacity);
        if (at === size) break;
        selectFirst(values, indices, 0, count[0], k);
        count[0] = k;
        limit = higher(limit, values[k - 1]);
      }
    }
    const found = Math.min(count[0], k);
    sortFirst(values, indices, 0, count[0], found);
    return found;
  }

  /** Makes elements the current run. Returns its address. */
  private enter(
    x: FloatArray,
    from: number,
    size: number,
    mask: Uint8Array | undefined,
    stage: number,
  ): number {
    const { memory, kernels } = this;
    const bytes = x.BYTES_PER_ELEMENT;
    const heap = bytes === 4 ? memory.f32 : memory.f64;
    heap.set(x.subarray(from, from + size), stage / bytes);
    if (mask !== undefined) {
      const masks = stage + size * bytes;
      memory.u8.set(mask.subarray(from, from + size), masks);
      const fill = bytes === 4 ? kernels.fillF32 : kernels.fillF64;
      fill(stage, masks, size, Number.NEGATIVE_INFINITY);
    }
    return stage;
  }

  /** Kept from call to call: three views take as long to make as 10,000 elements to look at. */
  private roomFor(k: number): Room {
    const { buffer } = this.memory.f64;
    if (this.room?.k === k && this.room.count.buffer === buffer) return this.room;
    const capacity = capacityFor(k);
    const blocks = 64 + 4 * k;
    const { offset, bytes } = this.window;
    const valuesAt = offset + 16;
    const maximaAt = valuesAt + 8 * capacity;
    const indicesAt = maximaAt + 8 * blocks + 16;
    const stage = Math.ceil((indicesAt + 4 * capacity) / 64) * 64;
    const fits = stage <= offset + bytes;
    this.room = {
      k,
      capacity,
      count: new Int32Array(buffer, offset, 1),
      values: new Float64Array(buffer, fits ? valuesAt : 0, fits ? capacity : 0),
      maxima: maximaAt,
      blocks,
      indices: new Int32Array(buffer, fits ? indicesAt : 0, fits ? capacity : 0),
      stage,
      stageBytes: offset + bytes - stage,
    };
    return this.room;
  }
}

/** The higher one of two limits, of which NaN is none. */
function higher(a: number, b: number): number {
  return a >= b || Number.isNaN(b) ? a : b;
}
