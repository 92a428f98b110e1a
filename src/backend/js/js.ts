import { ENTROPY, LOGITS_ALONE } from "../../../assembly/abi.js";
import { arrayOf } from "../../dtype.js";
import { ResidentArray, registerResident } from "../../resident.js";
import type { FloatArray, Layout, Operands, Resident, StoredArray, StoredType } from "../../types.js";
import { type ElementOperation, type LaneOperation, partsOf, type SyncBackend } from "../backend.js";
import { PIECE_LENGTH } from "./longLane.js";
import { loops } from "./loops.js";
import { packedRunner } from "./packed.js";
import { makeScratch, type Scratch } from "./scratch.js";

/** Lanes up to this length find their scratch memory (5 or 6 MiB) ready. Longer ones allocate it for the call. */
const KEPT_LENGTH = 2 ** 18;

/**
 * Longer ones, of which it would be more than 50 MB, go piece by piece. Their exponentials are computed again by each pass that
 * takes them, as they would by more memory be written and read again.
 */
const MOST_LENGTH = 2 ** 21;

const NONE: Operands = {};

/**
 * The backend in pure TypeScript. Every lane takes the same way (Blanchard, Higham and Higham, 2021, with log1p). With s the
 * sum of the exponentials relative to the maximum, except that of the maximum itself, which is exactly 1,
 *
 *   softmax = e / (1 + s),  logSoftmax = (x - max) / T - log1p(s),  logSumExp = max / T + log1p(s).
 *
 * Bound: f32 js 0.51 ulp, f64 js 2 ulp
 *
 * The loops are written once for each element type: a loop that has seen both becomes slower code in V8.
 */
export function jsBackend(most = MOST_LENGTH): SyncBackend {
  let single = makeScratch(new Float32Array(1024));
  let double = makeScratch(new Float64Array(1024));

  function scratchFor(isSingle: boolean, length: number): Scratch {
    const kept = isSingle ? single : double;
    if (length > most) return makeScratch(pieceFor(isSingle));
    if (length <= kept.values.length) return kept;
    const longer = makeScratch(isSingle ? new Float32Array(length) : new Float64Array(length));
    if (length <= KEPT_LENGTH) {
      if (isSingle) single = longer;
      else double = longer;
    }
    return longer;
  }

  function run(
    operation: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
  ): undefined {
    const { length } = layout;
    const { code } = operation;
    if (length === 0) {
      fillEmpty(code, out);
      return;
    }
    // The commonest calls by the shortest way: one function more costs 5 ns.
    if (operands === undefined && (code & LOGITS_ALONE) !== 0 && length <= most) {
      if (x.BYTES_PER_ELEMENT === 4) {
        const { values } = scratchFor(true, length);
        loops().f32.run(code, x as Float32Array, out, layout, temperature, values);
      } else {
        const scratch = scratchFor(false, length);
        loops().f64.run(code, x as Float64Array, out as Float64Array, layout, temperature, scratch);
      }
      return;
    }
    const scratch = scratchFor(x.BYTES_PER_ELEMENT === 4, length);
    operation.js(loops(), code, { x, out, layout, temperature, scratch }, operands ?? NONE);
  }

  function map(
    operation: ElementOperation,
    x: FloatArray,
    y: FloatArray | undefined,
    out: FloatArray,
  ): undefined {
    operation.js(operation.name, x, y, out);
  }

  return {
    name: "js",
    run,
    map,
    runPacked: packedRunner(run, map),
    top(x, layout, mask, top) {
      top.ranking.js(x, layout, mask, top);
    },
    above(x, limit, found) {
      found.search.js(x, limit, found);
    },
    allocate,
  };
}

/** Where the elements of a piece are copied. */
function pieceFor(isSingle: boolean): FloatArray {
  return isSingle ? new Float32Array(PIECE_LENGTH) : new Float64Array(PIECE_LENGTH);
}

/** The results of lanes of no elements: the logarithm of 0, or the parts of it; an entropy of 0. */
function fillEmpty(code: number, out: FloatArray): void {
  if (code === ENTROPY) {
    out.fill(0);
    return;
  }
  const each = partsOf(code) || 1;
  for (let k = 0; k < out.length; k++) out[k] = k % each === 0 ? Number.NEGATIVE_INFINITY : 0;
}

/** Ordinary memory behind the interface of resident arrays. */
function allocate(type: StoredType, length: number): Resident<StoredArray> {
  const array = arrayOf(type, length);
  let isInUse = true;
  // Nobody else's numbers lie there after `free`, but what is an error on one backend is one on all.
  registerResident(array, () => isInUse);
  return new ResidentArray(
    type,
    length,
    () => array,
    () => {
      isInUse = false;
    },
  );
}
