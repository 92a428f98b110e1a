import { describe } from "../describe.js";
import { type ExpSum, MOST } from "../math/expSum.js";
import { readScale } from "./options.js";

/** What a LogSumExp holds, in numbers and strings that survive JSON. */
export interface LogSumExpState {
  readonly temperature: number;
  /** The maximum m: "-Infinity" while there is none; "Infinity" or "NaN" if that is the value. */
  readonly max: number | string;
  /** Σ exp((x - m) / T) over all elements but one of m, in units of 2^-128: the sum of these two numbers. */
  readonly others: readonly number[];
}

/** The same, checked. */
interface State {
  readonly temperature: number;
  readonly sum: ExpSum;
}

const NOT_FINITE: readonly unknown[] = ["-Infinity", "Infinity", "NaN"];

/**
 * What an accumulator of another copy of the package holds: `import` and `require` load one each, and neither sees the private
 * fields of the other's.
 */
export function readForeign(caller: string, other: unknown): State {
  try {
    const { merge, toJSON } = other as { readonly merge?: unknown; readonly toJSON?: unknown };
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
export function readState(caller: string, state: unknown): State {
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
    sum: { max, high, low },
  };
}
