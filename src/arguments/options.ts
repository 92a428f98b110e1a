import { describe } from "../describe.js";
import type { Axis } from "../types.js";
import { adviceOn } from "./advice.js";
import { checkOptions } from "./optionNames.js";

/** The options that functions on lanes share. */
export interface Settings {
  readonly shape: readonly number[] | undefined;
  readonly axis: Axis;
  readonly temperature: number;
  readonly out: unknown;
}

/** What a call without options takes. Like { out }, so that V8 has one kind of object to read in most programs. */
export const NO_OPTIONS: object = { out: undefined };

/**
 * Reads the options of a function of `x` that takes those which `taken` sums up: see optionNames.ts. Reads each once and copies
 * the lists. No getter runs afterwards, so none can detach or shrink a buffer whose length has already been read.
 */
export function readOptions(
  caller: string,
  options: unknown = NO_OPTIONS,
  taken: number,
  x?: unknown,
): Settings {
  if (options !== NO_OPTIONS) checkOptions(caller, options, taken, x);
  const { shape, axis, temperature, out } = options as { [K in keyof Settings]?: unknown };
  return {
    shape: shape === undefined ? undefined : readShape(caller, shape),
    axis: axis === undefined ? undefined : readAxis(caller, axis),
    temperature: temperature === undefined ? 1 : readScale(caller, "temperature", temperature),
    out,
  };
}

// What most calls do not have is read by functions of its own: V8 makes one piece of code of a small call, up to 920 bytes of
// bytecode.

function readShape(caller: string, shape: unknown): readonly number[] {
  if (!Array.isArray(shape)) throw wrongList(caller, "shape", "an array of numbers", shape);
  return shape.slice();
}

function readAxis(caller: string, axis: unknown): Axis {
  if (Array.isArray(axis)) return axis.slice();
  if (axis === null || typeof axis === "number") return axis;
  throw wrongList(caller, "axis", "a number, an array of numbers or null", axis);
}

function wrongList(caller: string, name: string, expected: string, value: unknown): TypeError {
  return new TypeError(
    `${caller}: ${name} must be ${expected}, got ${describe(value)}${adviceOn(name, value, { type: "Array" })}`,
  );
}

/** A positive factor that the kernels and their constants can bear: from 1e-30 to 1e30. */
export function readScale(caller: string, name: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 1e-30 && value <= 1e30)) throw wrongScale(caller, name, value);
  return value;
}

function wrongScale(caller: string, name: string, value: unknown): Error {
  return typeof value === "number"
    ? new RangeError(`${caller}: ${name} must be between 1e-30 and 1e30, got ${value}`)
    : new TypeError(`${caller}: ${name} must be a number, got ${describe(value)}`);
}
