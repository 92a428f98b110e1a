import { type LogSumExpState, readForeign, readState } from "../arguments/accumulatorState.js";
import { readPackable, settled } from "../arguments/arrays.js";
import { readMask } from "../arguments/mask.js";
import { checkOptions, MASK, TEMPERATURE } from "../arguments/optionNames.js";
import { readOptions } from "../arguments/options.js";
import { readPacked } from "../arguments/packed.js";
import { PACKED } from "../arguments/packedTypes.js";
import type { SyncBackend } from "../backend/backend.js";
import { logSumExpParts } from "../backend/operations.js";
import { INSPECT } from "../describe.js";
import { EMPTY, type ExpSum, expSum, logarithmOf, merged, withElements, withPart } from "../math/expSum.js";
import { type Reduction, reductionAt } from "../math/reduction.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import { widened } from "./packed.js";
import type { MaskOption, Numbers, PackedOptions, TemperatureOption } from "./parameters.js";

export type { LogSumExpState } from "../arguments/accumulatorState.js";

/** The log-sum-exp of elements that come in pieces. */
export interface Accumulator {
  /**
   * Adds the elements of an array, or one number. An empty array changes nothing, nor does -Infinity. Elements that `mask`
   * leaves out are not added, even if they are NaN or infinite; it is as long as the chunk.
   *
   * @throws TypeError for a chunk or mask of the wrong type or a detached one.
   * @throws RangeError for a mask of the wrong length. Then nothing has been added.
   */
  push(chunk: Numbers | number, options?: MaskOption & PackedOptions<number | Numbers>): this;
  /**
   * Adds the elements of another accumulator, of any instance on any backend and of any copy of the package, and leaves that
   * unchanged. Merged with itself, every element counts twice.
   *
   * @throws TypeError for anything else: a state becomes an accumulator by `LogSumExp.from`.
   * @throws RangeError if the temperatures differ, and beyond 2^800 elements, which takes 800 merges with itself.
   */
  merge(other: Accumulator): this;
  /** log Σ exp(x / T) over all elements so far: -Infinity of none; +Infinity beside +Infinity; NaN beside NaN. */
  readonly value: number;
  /** The state, for `LogSumExp.from` in another thread or on another machine. */
  toJSON(): LogSumExpState;
}

/** The class of accumulators: see `LogSumExp`. */
export interface LogSumExpConstructor {
  /**
   * An accumulator of nothing yet, at temperature T.
   *
   * @throws TypeError, RangeError as softmax does.
   */
  new (options?: TemperatureOption): Accumulator;
  /**
   * The accumulator whose `toJSON` gave this state, to the last bit, also after JSON.parse(JSON.stringify(…)).
   *
   * @throws TypeError, RangeError for what no accumulator gives.
   */
  from(state: LogSumExpState): Accumulator;
}

/** Elements summed at once by kernels: 128 KiB, which every backend has room for without new memory. */
const BLOCK = 16384;

/** Fewer elements than this are added to the sum one by one; from here on kernels are faster (measured). By their number alone. */
const SMALL = 64;

/** What the accumulators of an instance share. */
interface Workspace {
  readonly backend: () => SyncBackend;
  /** For an element that comes by itself, and for the terms of a few. */
  readonly one: Float64Array;
  readonly few: Float64Array;
  /** m, s, log(1 + s), and what rounding took off s. */
  readonly parts: Float64Array;
  widened?: Float64Array;
  /** The view of `widened` that was used last: making one takes as long as ten exponentials. */
  view?: Float64Array;
}

class MergeableSum implements Accumulator {
  readonly #workspace: Workspace;
  readonly #reduction: Reduction;
  #sum: ExpSum;

  constructor(workspace: Workspace, temperature: number, sum: ExpSum) {
    this.#workspace = workspace;
    this.#reduction = reductionAt(temperature);
    this.#sum = sum;
  }

  push(chunk: unknown, options?: unknown): this {
    if (options !== undefined) return this.push(readKept(chunk, options));
    const { one, few } = this.#workspace;
    if (typeof chunk === "number") one[0] = chunk;
    const x =
      typeof chunk === "number" ? one : readPackable("LogSumExp.push", chunk, "chunk", undefined, "elements");
    if (x === PACKED) return this.push(readKept(chunk, {}));
    const { length } = x;
    let sum = this.#sum;
    if (length < SMALL) {
      this.#sum = withElements(sum, x, few, this.#reduction);
      return this;
    }
    for (let from = 0; from < length; from += BLOCK) {
      const block = doubles(this.#workspace, x, from, Math.min(from + BLOCK, length));
      sum = withPart(sum, partOf(this.#workspace, block, this.#reduction.temperature), this.#reduction);
    }
    this.#sum = sum;
    return this;
  }

  merge(other: unknown): this {
    const isOwn = typeof other === "object" && other !== null && #sum in other;
    const { temperature, sum } = isOwn
      ? { temperature: other.#reduction.temperature, sum: other.#sum }
      : readForeign("LogSumExp.merge", other);
    const own = this.#reduction.temperature;
    if (temperature !== own) {
      throw new RangeError(`LogSumExp.merge: other must have temperature ${own}, got ${temperature}`);
    }
    this.#sum = merged(this.#sum, sum, own);
    return this;
  }

  get value(): number {
    return logarithmOf(this.#sum, this.#reduction.temperature);
  }

  toJSON(): LogSumExpState {
    const { max, high, low } = this.#sum;
    return {
      temperature: this.#reduction.temperature,
      max: Number.isFinite(max) ? max : String(max),
      others: [high, low],
    };
  }
}

/**
 * log Σ exp(x / T) of elements that come in pieces: over chunks, threads or machines.
 *
 * `push` adds elements, `merge` those of another accumulator, and `value` is the log-sum-exp so far, in nats. `toJSON` and
 * `LogSumExp.from` take the state to another thread or machine.
 *
 * The sum is held relative to the maximum, whose own 1 stays apart, in double-double (Blanchard, Higham and Higham,
 * "Accurately computing the log-sum-exp and softmax functions", 2021). So the value is the same within 1 ulp however the
 * elements are split, in whatever order they come and in whatever tree the parts are merged. It is within 1 ulp of the
 * exact one, in double precision also for f32 elements. Where m / T and log Σ exp((x - m) / T) cancel, these are ulps of the
 * larger of the two.
 *
 * @example
 * new LogSumExp().push([1, 2]).push(3).value; // 3.4076
 *
 * @throws TypeError, RangeError as softmax does, for the temperature.
 */
export const LogSumExp: LogSumExpConstructor = /* @__PURE__ */ define((backend) =>
  accumulatorOf(backend as () => SyncBackend),
);
/** The accumulator that the class LogSumExp makes. */
export type LogSumExp = Accumulator;

function accumulatorOf(backend: () => SyncBackend): LogSumExpConstructor {
  const workspace = {
    backend,
    one: new Float64Array(1),
    few: new Float64Array(SMALL),
    parts: new Float64Array(4),
  };
  // Named by its key: bundlers rename a class that is called like a constant of its file, and errors show that name.
  const named = {
    LogSumExp: class extends MergeableSum {
      constructor(options?: unknown) {
        super(workspace, readOptions("LogSumExp", options, TEMPERATURE).temperature, EMPTY);
      }

      static from(state: unknown): Accumulator {
        const { temperature, sum } = readState("LogSumExp.from", state);
        return new named.LogSumExp({ temperature }).merge(new MergeableSum(workspace, temperature, sum));
      }

      // Here, as no bundler leaves out a class with a computed name in it.
      [INSPECT](): string {
        return `LogSumExp { value: ${this.value}, temperature: ${this.toJSON().temperature} }`;
      }
    },
  };
  return named.LogSumExp;
}

type Named = { readonly [name: string]: unknown };

/** The elements of a chunk that the mask among the options keeps. */
function readKept(chunk: unknown, options: unknown): FloatArray {
  const caller = "LogSumExp.push";
  checkOptions(caller, options, MASK, chunk);
  const list = settled((options as { readonly mask?: unknown }).mask);
  const given = typeof chunk === "number" ? [chunk] : chunk;
  let x = readPackable(caller, given, "chunk", options, "elements");
  if (x === PACKED)
    x = widened(caller, readPacked(caller, chunk, options as Named, "chunk", "elements"), {}, "chunk");
  const mask = readMask(caller, list, x, x, "as chunk is");
  return mask === undefined ? x : x.filter((_, k) => mask[k] !== 0);
}

/** Elements from … to - 1 of x, widened in the workspace if they are f32. */
function doubles(workspace: Workspace, x: FloatArray, from: number, to: number): Float64Array {
  const count = to - from;
  const block = count === x.length ? x : x.subarray(from, to);
  if (block.BYTES_PER_ELEMENT === 8) return block as Float64Array;
  workspace.widened ??= new Float64Array(BLOCK);
  if (workspace.view?.length !== count) workspace.view = workspace.widened.subarray(0, count);
  // Not by a loop: that takes 4 to 10 times as long.
  workspace.view.set(block);
  return workspace.view;
}

/** The sum of a block by itself. */
function partOf({ backend, parts }: Workspace, x: Float64Array, temperature: number): ExpSum {
  backend().run(logSumExpParts, x, parts, { outer: 1, length: x.length, inner: 1 }, temperature);
  const max = parts[0];
  // A maximum passes over NaN; beside an infinite one the backends do not say.
  const hasNaN = Number.isFinite(max) ? Number.isNaN(parts[2]) : x.some(Number.isNaN);
  return expSum(hasNaN ? Number.NaN : max, parts[1], parts[3]);
}
