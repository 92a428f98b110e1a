import { describe } from "../describe.js";
import type { Axis, Layout } from "../types.js";
import { readScale } from "./options.js";
import { resolve } from "./shape.js";

/** The component that a log-ratio is relative to, and λ. */
export interface Pinning {
  readonly reference: number;
  readonly scale: number;
}

export function readPinning(caller: string, options: unknown): Pinning {
  const { reference = 0, scale = 1 } = (options ?? {}) as { readonly [K in keyof Pinning]?: unknown };
  if (typeof reference !== "number") {
    throw new TypeError(`${caller}: reference must be a number, got ${describe(reference)}`);
  }
  return { reference, scale: readScale(caller, "scale", scale) };
}

/** The index of the component that `reference` names, of `length`. */
export function checkReference(caller: string, reference: number, length: number): number {
  if (length === 0) throw new RangeError(`${caller}: p must have a component to be the reference, got none`);
  if (!Number.isInteger(reference) || reference < -length || reference >= length) {
    throw new RangeError(
      `${caller}: reference must be an integer from ${-length} to ${length - 1}, got ${reference}`,
    );
  }
  return reference < 0 ? reference + length : reference;
}

/** `resolve` for lanes along a single dimension. */
export function resolveDimension(
  caller: string,
  shape: readonly number[] | undefined,
  axis: Axis,
  size: number,
  name: string,
): Layout {
  if (axis !== undefined && typeof axis !== "number") {
    throw new TypeError(`${caller}: axis must be one dimension, a number, got ${describe(axis)}`);
  }
  return resolve(caller, shape, axis, size, name);
}
