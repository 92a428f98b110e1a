import { describe } from "vitest";
import {
  type BackendName,
  createSoftmax,
  type FloatArray,
  type Instance,
  type LogSumExpOptions,
  type OutOption,
} from "../../src/index.js";

export type Library = Instance;
/** The three that most tests are about. */
export type CoreOperation = "softmax" | "logSoftmax" | "logSumExp";

export const OPERATIONS: readonly CoreOperation[] = ["softmax", "logSoftmax", "logSumExp"];
export const ELEMENTWISE = ["softmax", "logSoftmax"] as const;

/**
 * (func (export "f") (param $x f32) (result f32)
 *   (f32x4.extract_lane 0 (f32x4.relaxed_madd (splat $x) (splat $x) (splat (neg (mul $x $x))))))
 */
const RELAXED_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7d, 0x01, 0x7d],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  ...[0x0a, 0x1a, 0x01, 0x18, 0x00, 0x20, 0x00, 0xfd, 0x13, 0x20, 0x00, 0xfd, 0x13],
  ...[0x20, 0x00, 0x20, 0x00, 0x94, 0x8c, 0xfd, 0x13, 0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b],
);

export const hasRelaxedSimd = WebAssembly.validate(RELAXED_MODULE);

/** Whether relaxed multiply-adds are fused: then x·x - fl(x·x) is the rounding error of the product. */
export function isFused(): boolean {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(RELAXED_MODULE));
  return (exports.f as (x: number) => number)(1 + 2 ** -12) === 2 ** -24;
}

/** All that this engine must run. Only relaxed SIMD may be missing from an engine, or be of no use to the package. */
export const backends: readonly BackendName[] =
  hasRelaxedSimd && isFused() ? ["relaxed", "simd", "js"] : ["simd", "js"];

/** One instance of each backend, forced: none may stand in for another. */
export const libraries: readonly Library[] = backends.map((backend) => createSoftmax({ backend }));

/** The suite is a function of the backend. */
export function describeBackends(suite: (library: Library) => void): void {
  for (const library of libraries) describe(library.backend, () => suite(library));
}

/** Any of the three, for tests that treat them alike; a logSumExp without shape or out becomes an array too. */
export function compute(
  { softmax, logSoftmax, logSumExp }: Library,
  operation: CoreOperation,
  x: FloatArray,
  options: LogSumExpOptions & OutOption<FloatArray> = {},
): FloatArray {
  if (operation === "logSumExp") return logSumExp(x, { shape: [x.length], ...options });
  return (operation === "softmax" ? softmax : logSoftmax)(x, options);
}
