import type { Operands, Operation } from "../../src/backend/backend.js";
import { masked, normalized, type Plain, pullBack, residual, weigh } from "../../src/backend/plain.js";

const PLAIN: { readonly [operation in Operation]?: Plain } = {
  weightedParts: weigh,
  normalizedSoftmax: normalized,
  softmaxVjp: pullBack,
  logSoftmaxVjp: pullBack,
  logSumExpVjp: residual,
  crossEntropyGrad: residual,
  crossEntropyTargetsGrad: residual,
};

/** The arrays among the operands of an operation. */
export type Arrays = Omit<Operands, "plain">;

/** Completes them by the operation in plain TypeScript, as the public functions do. */
export function withPlain(operation: Operation, arrays: Arrays | undefined): Operands | undefined {
  return arrays && { ...arrays, plain: PLAIN[operation] ?? masked };
}
