import { isPacked } from "../arguments/arrays.js";
import { type Call, LANES_OF_TOKENS, readCall } from "../arguments/call.js";
import { checkNames } from "../arguments/optionNames.js";
import { packingOptionsOf } from "../arguments/packedTypes.js";
import type { Backend } from "../backend/backend.js";
import { newArray, newIndices } from "../dtype.js";
import { sortFirst } from "../math/ranking.js";
import { type MaybePromise, whenDone } from "../maybePromise.js";
import { keepTokens } from "../sampling/keep.js";
import { Lanes } from "../sampling/lanes.js";
import { preparedRows } from "../sampling/rows.js";
import { loadKeys, massOf, weigh } from "../sampling/tokens.js";
import { enter, leave, type Workspace } from "../sampling/workspace.js";
import type { NewFloat64Array, NewInt32Array } from "../types.js";
import { define } from "./define.js";
import { withFloats } from "./packed.js";
import type { FilterOptions, LaneOptions, Numbers, PackedOptions } from "./parameters.js";
import type { CandidatesFunction } from "./signatures.js";

export interface CandidatesOptions extends FilterOptions, LaneOptions, PackedOptions<number | Numbers> {}

/** What may be drawn, in order. */
export interface Candidates {
  /** Within the lane. */
  indices: NewInt32Array;
  /** Of all candidates of a lane they add up to 1. */
  probabilities: NewFloat64Array;
}

/** The candidates of several lanes, one lane after another. */
export interface LanesOfCandidates extends Candidates {
  /** Those of lane l are from offsets[l] to offsets[l + 1] - 1. One more than there are lanes. */
  offsets: NewInt32Array;
}

/**
 * The tokens that filters keep of a lane of logits, and their probabilities, renormalized: what `sample` draws from.
 *
 * Returns `{ indices, probabilities }` in the order: logit descending, then index ascending. With `shape` there are also the
 * `offsets` of each lane, in row-major order of the dimensions that remain. Indices count within the lane, in row-major order where
 * `axis` names several dimensions. Probabilities are in double precision whatever the type of `logits`.
 *
 * The filters and their order are those of CandidatesOptions. Everything is decided in double precision from the logits and their
 * bias: what is kept, and each bit of the probabilities, is the same on every backend, in a batch or alone, from a Float32Array
 * or the same numbers in a Float64Array. A sum reaches topP or typicalP where it lacks at most 2^-49 of the whole; a logit is at
 * the limit of minP or topNSigma where it lacks at most 2^-50 of the parts of that limit.
 *
 * Tokens at -Infinity are no candidates. A lane has none if no token is above -Infinity, or where the mask keeps NaN or +Infinity.
 *
 * @example
 * candidates([1, 3, 2], { topK: 2 }); // { indices: [1, 2], probabilities: [0.7311, 0.2689] }
 *
 * @throws TypeError for an argument of the wrong type, a detached one, or an unknown option.
 * @throws RangeError for an option out of range, a shape that does not fit `logits`, an axis out of range, or a mask or bias of the
 * wrong length.
 */
export const candidates: CandidatesFunction<CandidatesOptions> = /* @__PURE__ */ define(
  (backend) => (logits: unknown, options: unknown) => candidatesOf(backend(), logits, options),
);

const CALLER = "candidates";

function candidatesOf(
  backend: Backend,
  logits: unknown,
  options: unknown,
): MaybePromise<Candidates | LanesOfCandidates> {
  if (isPacked(logits, options)) {
    if (options !== undefined) checkNames(CALLER, options, LANES_OF_TOKENS, packingOptionsOf(logits, true));
    return withFloats(candidatesOf, {
      caller: CALLER,
      name: "logits",
      args: [backend, logits, options],
      at: 1,
      rounds: false,
    });
  }
  const call = readCall(CALLER, logits, options, LANES_OF_TOKENS);
  const { x, layout, filters, mask, bias } = call;
  const rows = preparedRows(CALLER, x, layout, mask, bias, {});
  const lanes = new Lanes(CALLER);
  const pending = lanes.prepare(backend, rows, call.lanes, layout.length, filters);
  return whenDone(pending, () => listed(backend, call, lanes));
}

function listed(backend: Backend, { lanes: count, isOne, filters }: Call, lanes: Lanes): Candidates {
  const parts: Candidates[] = [];
  const workspace = enter();
  for (let l = 0; l < count; l++) {
    const lane = lanes.lane(l);
    workspace.count = 0;
    if (lane !== undefined) keepTokens(backend, lane, filters, workspace);
    parts.push(inOrder(workspace, filters.temperature));
  }
  leave(workspace);
  return isOne ? parts[0] : joined(parts);
}

function inOrder(workspace: Workspace, temperature: number): Candidates {
  const { values, indices: tokens, weights, count, keys, places } = workspace;
  const indices = newIndices(CALLER, count);
  const probabilities = newArray(CALLER, values, count) as NewFloat64Array;
  if (temperature === 0) {
    indices.set(tokens.subarray(0, count));
    return { indices, probabilities: probabilities.fill(1) };
  }
  weigh(workspace, temperature);
  const total = massOf(workspace);
  loadKeys(workspace, values);
  sortFirst(keys, places, 0, count, count);
  for (let k = 0; k < count; k++) {
    indices[k] = tokens[places[k]];
    probabilities[k] = weights[places[k]] / total;
  }
  return { indices, probabilities };
}

function joined(parts: readonly Candidates[]): LanesOfCandidates {
  const offsets = newIndices(CALLER, parts.length + 1);
  for (const [l, { indices }] of parts.entries()) offsets[l + 1] = offsets[l] + indices.length;
  const count = offsets[parts.length];
  const indices = newIndices(CALLER, count);
  const probabilities = newArray(CALLER, new Float64Array(0), count) as NewFloat64Array;
  for (const [l, part] of parts.entries()) {
    indices.set(part.indices, offsets[l]);
    probabilities.set(part.probabilities, offsets[l]);
  }
  return { indices, probabilities, offsets };
}
