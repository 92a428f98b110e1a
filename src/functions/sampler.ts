import { readPackable, settled } from "../arguments/arrays.js";
import { type Biases, readBias } from "../arguments/bias.js";
import { readUniform, type Uniform } from "../arguments/draws.js";
import { FILTERS, type Filters, readCount, readFilters } from "../arguments/filters.js";
import { readMask } from "../arguments/mask.js";
import { checkNames } from "../arguments/optionNames.js";
import { readPacked } from "../arguments/packed.js";
import { PACKED } from "../arguments/packedTypes.js";
import type { SyncBackend } from "../backend/backend.js";
import { drawLane } from "../sampling/drawLane.js";
import { Lanes } from "../sampling/lanes.js";
import { preparedRows, type RowsMemory } from "../sampling/rows.js";
import { Workspace } from "../sampling/workspace.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import { widened } from "./packed.js";
import type { FilterOptions, MaskOption, Numbers, PackedOptions, SeedOptions } from "./parameters.js";

export interface SamplerOptions extends FilterOptions, SeedOptions, PackedOptions<number> {
  /** The number of the first draw. Default: 0. */
  draw?: number | undefined;
}

/** Draws one token after another. */
export interface Sampler {
  /**
   * Draws from one lane of logits: what `sample` gives with the options of the sampler as its draw number `draw`, which then is the
   * next one. A `mask` takes the place of that of the sampler.
   *
   * @throws TypeError, RangeError as sample does. Then nothing has been drawn.
   */
  next(logits: Numbers, options?: MaskOption): number;
  /** The number of the next draw. Set it to go on where a run has ended. */
  draw: number;
}

export type SamplerFunction = (options?: SamplerOptions) => Sampler;

/**
 * A sampler with options of its own, for a loop that decodes one token after another: it reads them once, counts the draws, and
 * keeps its memory from token to token, so that none of the size of the vocabulary is allocated again.
 *
 * Returns a Sampler, whose `next(logits)` gives what sample(logits, { …options, draws })[draw] does.
 *
 * @example
 * const { next } = sampler({ temperature: 0.7, topP: 0.9, seed: 1 });
 * next([0, 5, 0]); // 1
 *
 * @throws TypeError, RangeError, Error as sample does, for the options.
 */
export const sampler: SamplerFunction = /* @__PURE__ */ define(
  (backend) => (options: unknown) => makeSampler(backend as () => SyncBackend, options),
);

const CALLER = "sampler";
const PACKING = ["dtype", "scale", "zeroPoint"];
const NAMES = /* @__PURE__ */ [...FILTERS, "mask", "bias", "seed", "random", "draw", ...PACKING];
const OF_NEXT = ["mask"];

function makeSampler(backend: () => SyncBackend, options: unknown): Sampler {
  // Asked for at once: that of a closed pool throws.
  backend();
  if (options !== undefined) checkNames(CALLER, options, NAMES);
  const given = (options ?? {}) as { readonly [name: string]: unknown };
  const filters = readFilters(CALLER, given);
  const mask = settled(given.mask);
  const bias = settledBias(given.bias);
  const uniform = readUniform(CALLER, given.seed, given.random);
  let draw = readCount(CALLER, "draw", given.draw ?? 0, 0);
  const { dtype, scale, zeroPoint } = given;
  const packing = { dtype, scale, zeroPoint };
  let numbers: Float32Array | undefined;
  const read = (logits: unknown) => {
    const x = readPackable(CALLER, logits, "logits", packing);
    if (x !== PACKED) return x;
    const packed = readPacked(CALLER, logits, packing, "logits");
    if (numbers?.length !== packed.bits.length) numbers = undefined;
    numbers = widened(CALLER, packed, {}, "logits", numbers);
    return numbers;
  };
  const next = nextOf(backend, read, filters, mask, bias, uniform, () => draw);
  return {
    next(logits, others) {
      const index = next(logits, others);
      draw++;
      return index;
    },
    get draw() {
      return draw;
    },
    set draw(value) {
      draw = readCount(CALLER, "draw", value, 0);
    },
  };
}

/** A copy of a list or a Map. Others are read at each draw. */
function settledBias(bias: unknown): unknown {
  return bias instanceof Map ? new Map(bias) : settled(bias);
}

function nextOf(
  backend: () => SyncBackend,
  read: (logits: unknown) => FloatArray,
  filters: Filters,
  mask: unknown,
  bias: unknown,
  uniform: Uniform,
  draw: () => number,
): (logits: unknown, options: unknown) => number {
  const lanes = new Lanes(CALLER);
  const workspace = new Workspace();
  const memory: RowsMemory = {};
  const uniforms = new Float64Array(1);
  const indices = new Int32Array(1);
  const results = { indices };
  let length = -1;
  let biases: Biases | undefined;
  return (logits, options) => {
    if (options !== undefined) checkNames(CALLER, options, OF_NEXT);
    const { mask: own = mask } = (options ?? {}) as { readonly mask?: unknown };
    const list = settled(own);
    uniforms[0] = uniform(0, draw());
    const x = read(logits);
    const layout = { outer: 1, length: x.length, inner: 1 };
    const kept = readMask(CALLER, list, x, layout);
    if (length !== x.length) {
      biases = readBias(CALLER, bias, x.length);
      length = x.length;
    }
    const rows = preparedRows(CALLER, x, layout, kept, biases, memory);
    const on = backend();
    lanes.prepare(on, rows, 1, x.length, filters);
    const lane = lanes.lane(0);
    if (lane === undefined) return -1;
    drawLane(on, lane, filters, uniforms, 0, 1, workspace, results);
    return indices[0];
  };
}
