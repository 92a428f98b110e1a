import { isPacked } from "../arguments/arrays.js";
import { type Call, LANES_OF_TOKENS, readCall } from "../arguments/call.js";
import {
  DRAWS,
  type LogProbability,
  readDraws,
  readLogProbability,
  readUniform,
  readUniforms,
} from "../arguments/draws.js";
import { checkNames } from "../arguments/optionNames.js";
import { packingOptionsOf } from "../arguments/packedTypes.js";
import type { Backend } from "../backend/backend.js";
import { newArray, newIndices } from "../dtype.js";
import { type MaybePromise, whenDone } from "../maybePromise.js";
import { unfilteredLogProbability } from "../sampling/draw.js";
import { type Drawings, drawLane } from "../sampling/drawLane.js";
import { Lanes } from "../sampling/lanes.js";
import { preparedRows, rowsOf } from "../sampling/rows.js";
import { enter, leave } from "../sampling/workspace.js";
import { define } from "./define.js";
import { withFloats } from "./packed.js";
import type { FilterOptions, LaneOptions, Numbers, PackedOptions, SeedOptions } from "./parameters.js";
import type { SamplingFunction } from "./signatures.js";

export interface SampleOptions
  extends FilterOptions,
    LaneOptions,
    SeedOptions,
    PackedOptions<number | Numbers> {
  /** How many tokens to draw from each lane, one after another: then the result is an array. Default: one. */
  draws?: number | undefined;
  /**
   * Adds the natural logarithm of each token's probability: "filtered", of those that were kept, at their temperature; "unfiltered", of
   * all by the logits alone, without mask, bias, temperature and filters.
   */
  logProbability?: LogProbability | undefined;
}

/**
 * Draws a token from softmax of a lane of logits, or from what filters keep of it: see `candidates`.
 *
 * Returns the index of the token; with `shape` or `draws` an Int32Array of `draws` indices for each lane, one lane after another in
 * row-major order of the dimensions that remain. -1 stands where there is nothing to draw: if no token is above -Infinity,
 * or where the mask keeps NaN or +Infinity. At temperature 0 it is the largest logit, the first of equals.
 *
 * A draw is a function of the logits, the filters, and a number u in (0, 1) that depends on the seed, the number of the lane and
 * that of the draw alone (Philox4x32-10, Salmon et al., 2011; 53 bits). It is made by inversion: of the tokens that are kept, by index,
 * it is the one on whose probability u falls, in double precision. So it is the same on every backend and in a pool, lanes do not
 * depend on each other, and a filter that removes nothing changes no draw.
 *
 * With `logProbability` the result is `{ index, logProbability }`, or `{ indices, logProbabilities }`, in double precision: the natural
 * logarithm of the token's probability, with "filtered" among the candidates that it was drawn from, at their temperature and
 * renormalized; with "unfiltered" under softmax of `logits` as they are, without mask, bias, temperature and filters. NaN beside
 * -1, and where that softmax is NaN.
 *
 * @example
 * sample([0, 5, 0], { temperature: 0 }); // 1
 * sample([0, 0, 0, 0], { topK: 2, seed: 1, draws: 4 }); // [1, 1, 0, 1]
 *
 * @throws TypeError for an argument of the wrong type, a detached one, or an unknown option.
 * @throws RangeError for an option out of range, a shape that does not fit `logits`, an axis out of range, a mask or bias of the
 * wrong length, or a number of `random` outside [0, 1).
 * @throws Error without `seed` and `random` where there is no crypto.getRandomValues.
 */
export const sample: SamplingFunction<SampleOptions> = /* @__PURE__ */ define(
  (backend) => (logits: unknown, options: unknown) => sampled(backend(), logits, options),
);

const CALLER = "sample";
const NAMES = /* @__PURE__ */ [...LANES_OF_TOKENS, ...DRAWS, "draws"];

function sampled(backend: Backend, logits: unknown, options: unknown): MaybePromise<unknown> {
  if (isPacked(logits, options)) {
    if (options !== undefined) checkNames(CALLER, options, NAMES, packingOptionsOf(logits, true));
    return withFloats(sampled, {
      caller: CALLER,
      name: "logits",
      args: [backend, logits, options],
      at: 1,
      rounds: false,
    });
  }
  const call = readCall(CALLER, logits, options, NAMES);
  const { x, layout, filters, mask, bias, lanes: count, isOne } = call;
  const given = (options ?? {}) as { readonly [name: string]: unknown };
  const draws = readDraws(CALLER, given.draws);
  const which = readLogProbability(CALLER, given.logProbability);
  const uniform = readUniform(CALLER, given.seed, given.random);
  const uniforms = readUniforms(call, uniform, draws ?? 1);
  const rows = preparedRows(CALLER, x, layout, mask, bias, {});
  const lanes = new Lanes(CALLER);
  return whenDone(lanes.prepare(backend, rows, count, layout.length, filters), () => {
    const indices = newIndices(CALLER, uniforms.length);
    const logProbabilities = which && (newArray(CALLER, uniforms, uniforms.length) as Float64Array);
    const results = { indices, logProbabilities };
    drawAll(backend, call, lanes, uniforms, draws ?? 1, {
      indices,
      logProbabilities: which === "filtered" ? logProbabilities : undefined,
    });
    if (which === "unfiltered") addUnfiltered(call, draws ?? 1, results);
    if (!isOne || draws !== undefined) return logProbabilities === undefined ? indices : results;
    return logProbabilities === undefined
      ? indices[0]
      : { index: indices[0], logProbability: logProbabilities[0] };
  });
}

function drawAll(
  backend: Backend,
  { lanes: count, filters }: Call,
  lanes: Lanes,
  uniforms: Float64Array,
  draws: number,
  results: Drawings,
): void {
  results.indices.fill(-1);
  results.logProbabilities?.fill(Number.NaN);
  const workspace = enter();
  for (let l = 0; l < count; l++) {
    const lane = lanes.lane(l);
    if (lane !== undefined) drawLane(backend, lane, filters, uniforms, l * draws, draws, workspace, results);
  }
  leave(workspace);
}

function addUnfiltered(
  { x, layout, lanes }: Call,
  draws: number,
  { indices, logProbabilities }: Drawings,
): void {
  if (logProbabilities === undefined) return;
  const rows = rowsOf(x, layout);
  const workspace = enter();
  for (let l = 0; l < lanes; l++) {
    const row = rows.subarray(l * layout.length, (l + 1) * layout.length);
    const logProbability = unfilteredLogProbability(row, workspace);
    for (let k = l * draws; k < (l + 1) * draws; k++) {
      logProbabilities[k] = indices[k] < 0 ? Number.NaN : logProbability(row[indices[k]]);
    }
  }
  leave(workspace);
}
