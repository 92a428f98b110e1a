import type { Operands, Operation } from "./backend.js";
import type { Lanes, Loops } from "./js.js";
import { clearMasked, runMasked } from "./mask.js";
import { makeRunNormalized, type RunNormalized } from "./normalized.js";
import { type ResidualOperation, runResidual } from "./residual.js";
import { tables } from "./tables.js";
import { runVjp } from "./vjp.js";
import { runWeightedParts } from "./weighted.js";

/**
 * An operation with operands in plain TypeScript. It comes with the call, from the function that needs it, and not from
 * the backend: so a bundle for browsers leaves out those that it does not use.
 */
export type Plain = (loops: Loops, operation: Operation, lanes: Lanes, operands: Operands) => void;

const NOTHING = /* @__PURE__ */ new Float64Array(0);
const NO_MASK = /* @__PURE__ */ new Uint8Array(0);

export const pullBack: Plain = (_, operation, { x, out, layout, temperature }, { y = NOTHING }) => {
  runVjp(operation as "softmaxVjp" | "logSoftmaxVjp", x, y, out, layout, temperature);
};

export const weigh: Plain = ({ f64 }, _, { x, out, layout, temperature, scratch }, { y = NOTHING }) => {
  runWeightedParts(f64, x, y, out, layout, temperature, scratch);
};

export const residual: Plain = (loops, operation, lanes, { y = NOTHING, lanes: numbers = NOTHING }) => {
  const { x, out, layout, temperature, scratch } = lanes;
  runResidual(loops, operation as ResidualOperation, x, y, out, layout, temperature, scratch, numbers);
};

let runNormalized: RunNormalized | undefined;

export const normalized: Plain = (_, __, { x, out, layout, temperature }, { lanes = NOTHING, mask }) => {
  runNormalized ??= makeRunNormalized(tables());
  runNormalized(x, lanes, out, layout, temperature);
  if (mask !== undefined) clearMasked(out, layout, mask);
};

/** softmax, logSoftmax or logSumExp of what a mask keeps. */
export const masked: Plain = ({ run }, operation, lanes, { mask = NO_MASK }) => {
  const { x, out, layout, scratch } = lanes;
  const { packed } = scratch;
  runMasked(operation as "softmax" | "logSoftmax" | "logSumExp", x, out, layout, mask, packed, (count) => {
    run(operation, { ...lanes, x: packed, out: packed, layout: { outer: 1, length: count, inner: 1 } });
  });
};

/** By operation, for who has no call to bring it along. */
export const PLAIN: { readonly [operation in Operation]?: Plain } = {
  softmax: masked,
  logSoftmax: masked,
  logSumExp: masked,
  weightedParts: weigh,
  normalizedSoftmax: normalized,
  softmaxVjp: pullBack,
  logSoftmaxVjp: pullBack,
  logSumExpVjp: residual,
  crossEntropyGrad: residual,
  crossEntropyTargetsGrad: residual,
};
