import { readElements, settled } from "../arguments/arrays.js";
import { readMask } from "../arguments/mask.js";
import { checkOptions, MASK, TEMPERATURE } from "../arguments/optionNames.js";
import { readOptions, readScale } from "../arguments/options.js";
import type { SyncBackend } from "../backend/backend.js";
import { logSumExpParts } from "../backend/operations.js";
import { describe, INSPECT } from "../describe.js";
import { add, type DoubleDouble, divideByNumber, log1p, multiplyByExp, ZERO } from "../math/doubleDouble.js";
import { twoSum } from "../math/sums.js";
import type { FloatArray } from "../types.js";
import { define } from "./define.js";
import type { MaskOption, Numbers, TemperatureOption } from "./signatures.js";

/** What a LogSumExp holds, in numbers and strings that survive JSON. */
export interface LogSumExpState {
  readonly temperature: number;
  /** The maximum m: "-Infinity" while there is none; "Infinity" or "NaN" if that is the value. */
  readonly max: number | string;
  /** Σ exp((x - m) / T) over all elements but one of m, in units of 2^-128: the sum of these two numbers. */
  readonly others: readonly number[];
}

/** The log-sum-exp of elements that come in pieces. */
export interface Accumulator {
  /**
   * Adds the elements of an array, or one number. An empty array changes nothing, nor does -Infinity. Elements that `mask`
   * leaves out are not added, even if they are NaN or infinite; it is as long as the chunk.
   *
   * @throws TypeError for a chunk or mask of the wrong type or a detached one.
   * @throws RangeError for a mask of the wrong length. Then nothing has been added.
   */
  push(chunk: Numbers | number, options?: MaskOption): this;
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

/** Elements as their maximum and the others relative to it, in units of 1 / UNIT; none beside an infinite or NaN max. */
interface Sum {
  readonly max: number;
  readonly others: DoubleDouble;
}

/** So large that no term that counts becomes subnormal, nor its low part: results go down to 2^-1074. */
const UNIT = 2 ** 128;
const ONE: DoubleDouble = { high: UNIT, low: 0 };
/** Far enough below where products of double-doubles overflow. */
const MOST = UNIT * 2 ** 800;
/** Below this, e^z takes the most terms to nothing beside 2^-1074. */
const VANISHING = -1400;

const EMPTY: Sum = { max: Number.NEGATIVE_INFINITY, others: ZERO };
const NOT_FINITE: readonly unknown[] = ["-Infinity", "Infinity", "NaN"];

/** Elements summed at once: 128 KiB, which every backend has room for without new memory. */
const BLOCK = 16384;

/** Below this many elements, by which alone it is decided, TypeScript is faster (measured: two and a half times for ten). */
const SMALL = 56;
const IN_TYPESCRIPT = { js: true };

/** What the accumulators of an instance share. */
interface Workspace {
  readonly backend: () => SyncBackend;
  /** m, s, log(1 + s), and what rounding took off s. */
  readonly parts: Float64Array;
  widened?: Float64Array;
  /** The view of `widened` that was used last: making one takes as long as ten exponentials. */
  view?: Float64Array;
}

class MergeableSum implements Accumulator {
  readonly #workspace: Workspace;
  readonly #temperature: number;
  #sum: Sum;

  constructor(workspace: Workspace, temperature: number, sum: Sum) {
    this.#workspace = workspace;
    this.#temperature = temperature;
    this.#sum = sum;
  }

  push(chunk: unknown, options?: unknown): this {
    const temperature = this.#temperature;
    let sum = this.#sum;
    if (options !== undefined) return this.push(readKept(chunk, options));
    if (typeof chunk === "number") {
      sum = merged(sum, sumFrom(chunk, 0, 0), temperature);
    } else {
      const x = readElements("LogSumExp.push", chunk, "chunk", "elements");
      for (let from = 0; from < x.length; from += BLOCK) {
        const block = doubles(this.#workspace, x, from, Math.min(from + BLOCK, x.length));
        sum = merged(sum, sumOf(this.#workspace, block, temperature), temperature);
      }
    }
    this.#sum = sum;
    return this;
  }

  merge(other: unknown): this {
    const isOwn = typeof other === "object" && other !== null && #sum in other;
    const { temperature, sum } = isOwn
      ? { temperature: other.#temperature, sum: other.#sum }
      : readForeign("LogSumExp.merge", other);
    if (temperature !== this.#temperature) {
      throw new RangeError(
        `LogSumExp.merge: other must have temperature ${this.#temperature}, got ${temperature}`,
      );
    }
    this.#sum = merged(this.#sum, sum, this.#temperature);
    return this;
  }

  get value(): number {
    const { max, others } = this.#sum;
    const quotient = max / this.#temperature;
    // The logarithm, at most 644, is nothing beside these. Or NaN.
    if (!(Math.abs(quotient) < 2 ** 70)) return quotient;
    const scaled = tempered({ high: max * UNIT, low: 0 }, this.#temperature);
    const logarithm = log1p(others, UNIT);
    const { high, low } = twoSum(scaled.high, logarithm.high);
    return (high + (low + (scaled.low + logarithm.low))) / UNIT;
  }

  toJSON(): LogSumExpState {
    const { max, others } = this.#sum;
    return {
      temperature: this.#temperature,
      max: Number.isFinite(max) ? max : String(max),
      others: [others.high, others.low],
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
  const workspace = { backend, parts: new Float64Array(4) };
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

/** The elements of a chunk that the mask among the options keeps. */
function readKept(chunk: unknown, options: unknown): FloatArray {
  const caller = "LogSumExp.push";
  checkOptions(caller, options, MASK);
  const list = settled((options as { readonly mask?: unknown }).mask);
  const x = readElements(caller, typeof chunk === "number" ? [chunk] : chunk, "chunk", "elements");
  const mask = readMask(caller, list, x, x, "as chunk is");
  return mask === undefined ? x : x.filter((_, k) => mask[k] !== 0);
}

/** Elements from … to - 1 of x, widened in the workspace if they are f32. */
function doubles(workspace: Workspace, x: FloatArray, from: number, to: number): Float64Array {
  if (x.BYTES_PER_ELEMENT === 8) return (to - from === x.length ? x : x.subarray(from, to)) as Float64Array;
  workspace.widened ??= new Float64Array(BLOCK);
  const { widened } = workspace;
  for (let k = from; k < to; k++) widened[k - from] = x[k];
  if (workspace.view?.length !== to - from) workspace.view = widened.subarray(0, to - from);
  return workspace.view;
}

function sumOf({ backend, parts }: Workspace, x: Float64Array, temperature: number): Sum {
  const { length } = x;
  const operands = length < SMALL ? IN_TYPESCRIPT : undefined;
  backend().run(logSumExpParts, x, parts, { outer: 1, length, inner: 1 }, temperature, operands);
  const max = parts[0];
  const sum = parts[1];
  const logarithm = parts[2];
  const rest = parts[3];
  // A maximum passes over NaN; beside an infinite one the backends do not say.
  const invalid = Number.isFinite(max) ? Number.isNaN(logarithm) : x.some(Number.isNaN);
  return sumFrom(invalid ? Number.NaN : max, sum, rest);
}

/** A maximum, and the sum of the others relative to it in two parts. */
function sumFrom(max: number, sum: number, rest: number): Sum {
  const others = Number.isFinite(max) ? twoSum(sum * UNIT, rest * UNIT) : ZERO;
  // + 0 turns -0, which JSON does not keep, into 0.
  return { max: max + 0, others };
}

function merged(a: Sum, b: Sum, temperature: number): Sum {
  const rises = b.max > a.max || Number.isNaN(b.max);
  const upper = rises ? b : a;
  const lower = rises ? a : b;
  if (!Number.isFinite(upper.max) || lower.max === Number.NEGATIVE_INFINITY) return upper;
  const difference = twoSum(lower.max, -upper.max);
  if (difference.high / temperature < VANISHING) return upper;
  const whole = add(ONE, lower.others);
  const moved = difference.high === 0 ? whole : multiplyByExp(whole, tempered(difference, temperature));
  const others = add(upper.others, moved);
  if (others.high > MOST) throw new RangeError("LogSumExp: there are more than 2^800 elements");
  return { max: upper.max, others };
}

function tempered(x: DoubleDouble, temperature: number): DoubleDouble {
  return temperature === 1 ? x : divideByNumber(x, temperature);
}

/**
 * What an accumulator of another copy of the package holds: `import` and `require` load one each, and neither sees the private
 * fields of the other's.
 */
function readForeign(caller: string, other: unknown): { temperature: number; sum: Sum } {
  try {
    const { merge, toJSON } = other as { readonly [K in keyof Accumulator]?: unknown };
    if (typeof merge === "function" && typeof toJSON === "function") {
      return readState(caller, toJSON.call(other));
    }
  } catch (cause) {
    throw new TypeError(`${caller}: other must be a LogSumExp, got ${describe(other)}`, { cause });
  }
  const { max, others } = (other ?? {}) as { readonly [K in keyof LogSumExpState]?: unknown };
  const advice = max === undefined || others === undefined ? "" : ": pass LogSumExp.from(other)";
  throw new TypeError(`${caller}: other must be a LogSumExp, got ${describe(other)}${advice}`);
}

/** Reads each field once, and lets nothing pass that `toJSON` does not give. */
function readState(caller: string, state: unknown): { temperature: number; sum: Sum } {
  if (typeof state !== "object" || state === null || Array.isArray(state)) {
    const advice = typeof state === "string" ? ": pass JSON.parse(state)" : "";
    throw new TypeError(`${caller}: state must be an object, got ${describe(state)}${advice}`);
  }
  if (typeof (state as { readonly toJSON?: unknown }).toJSON === "function") {
    throw new TypeError(
      `${caller}: state must be what toJSON gives, got ${describe(state)}: pass state.toJSON()`,
    );
  }
  const { temperature = null, max: given, others } = state as { [K in keyof LogSumExpState]?: unknown };
  const max = NOT_FINITE.includes(given) ? Number(given) : given;
  if (typeof max !== "number") {
    const message = `${caller}: max must be a number, "-Infinity", "Infinity" or "NaN", got ${describe(given)}`;
    throw typeof given === "string" ? new RangeError(message) : new TypeError(message);
  }
  const [high, low] = Array.isArray(others) && others.length === 2 ? others : [];
  if (typeof high !== "number" || typeof low !== "number") {
    const message = `${caller}: others must be an array of two numbers, got ${describe(others)}`;
    throw Array.isArray(others) && others.length !== 2 ? new RangeError(message) : new TypeError(message);
  }
  const most = Number.isFinite(max) ? MOST : 0;
  if (!(high >= 0 && high <= most && high + low === high)) {
    throw new RangeError(
      `${caller}: others must be a double-double from 0 to ${most} beside max ${max}, got [${high}, ${low}]`,
    );
  }
  return {
    temperature: readScale(caller, "temperature", temperature),
    sum: { max, others: { high, low } },
  };
}
