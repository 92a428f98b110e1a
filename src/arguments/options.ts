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

const DEFAULTS: Settings = { shape: undefined, axis: undefined, temperature: 1, out: undefined };

/**
 * Reads the options of a function that takes those which `taken` sums up: see optionNames.ts. Reads each once and copies
 * the lists. No getter runs afterwards, so none can detach or shrink a buffer whose length has already been read.
 */
export function readOptions(caller: string, options: unknown, taken: number): Settings {
  if (options === undefined) return DEFAULTS;
  checkOptions(caller, options, taken);
  const { shape, axis, temperature, out } = options as { [K in keyof Settings]?: unknown };
  if (shape !== undefined && !Array.isArray(shape)) {
    throw new TypeError(
      `${caller}: shape must be an array of numbers, got ${describe(shape)}${adviceOn("shape", shape, { type: "Array" })}`,
    );
  }
  if (axis !== undefined && axis !== null && typeof axis !== "number" && !Array.isArray(axis)) {
    throw new TypeError(
      `${caller}: axis must be a number, an array of numbers or null, got ${describe(axis)}${adviceOn("axis", axis, { type: "Array" })}`,
    );
  }
  return {
    shape: shape?.slice(),
    axis: Array.isArray(axis) ? axis.slice() : axis,
    temperature: temperature === undefined ? 1 : readScale(caller, "temperature", temperature),
    out,
  };
}

/** A positive factor that the kernels and their constants can bear: from 1e-30 to 1e30. */
export function readScale(caller: string, name: string, value: unknown): number {
  if (typeof value !== "number") {
    throw new TypeError(`${caller}: ${name} must be a number, got ${describe(value)}`);
  }
  if (!(value >= 1e-30 && value <= 1e30)) {
    throw new RangeError(`${caller}: ${name} must be between 1e-30 and 1e30, got ${value}`);
  }
  return value;
}
