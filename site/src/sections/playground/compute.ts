import { candidates, entropy, logSoftmax, logSumExp, softmax, softmaxJacobian, topK } from "softmax-wasm";
import { type Errors, errorsOf } from "./ulp.js";

export interface Settings {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
}

/** What a filter keeps of a distribution, by itself. */
export interface Cut {
  name: string;
  kept: number;
  /** The probability of what is kept. */
  mass: number;
}

export interface Results {
  count: number;
  /** The elements that are drawn: all in their order, or the largest of too many. */
  shown: Int32Array | number[];
  areLargest: boolean;
  p: Float64Array;
  logp: Float64Array;
  logSumExp: number;
  /** max / T: log-sum-exp is between it and log n more. */
  least: number;
  entropy: number;
  cuts: Cut[];
  /** What all filters together leave, renormalized; undefined where they are off. */
  kept: Map<number, number> | undefined;
  /** Of softmax at the first or largest elements, row-major. */
  jacobian: { size: number; values: Float64Array; indices: ArrayLike<number> };
  errors: Errors;
}

/** More bars than these are no longer told apart. */
const MOST_BARS = 96;
const MOST_OF_JACOBIAN = 48;

export function compute(logits: Float64Array, settings: Settings): Results {
  const { temperature } = settings;
  const count = logits.length;
  const p = softmax(logits, { temperature });
  const areLargest = count > MOST_BARS;
  const shown = areLargest ? topK(logits, MOST_BARS).indices : Array.from(logits.keys());
  const indices = shown.slice(0, MOST_OF_JACOBIAN);
  const size = indices.length;
  const part = Float64Array.from(indices, (i) => p[i]);
  return {
    count,
    shown,
    areLargest,
    p,
    logp: logSoftmax(logits, { temperature }),
    logSumExp: logSumExp(logits, { temperature }),
    least: logits.reduce((a, b) => Math.max(a, b), -Infinity) / temperature,
    entropy: entropy(logits, { temperature }),
    cuts: cutsOf(logits, p, settings),
    kept: keptBy(logits, settings),
    jacobian: { size, values: softmaxJacobian(part, { temperature }), indices },
    errors: errorsOf(logits, temperature),
  };
}

function cutsOf(logits: Float64Array, p: Float64Array, settings: Settings): Cut[] {
  const { temperature, topK, topP, minP } = settings;
  const cuts: Cut[] = [];
  const add = (name: string, filter: { topK?: number; topP?: number; minP?: number }) => {
    const { indices } = candidates(logits, { temperature, ...filter });
    cuts.push({ name, kept: indices.length, mass: indices.reduce((mass, i) => mass + p[i], 0) });
  };
  if (topK > 0) add(`top-k ${topK}`, { topK });
  if (topP < 1) add(`top-p ${topP}`, { topP });
  if (minP > 0) add(`min-p ${minP}`, { minP });
  if (cuts.length > 1) add("together", { topK, topP, minP });
  return cuts;
}

function keptBy(logits: Float64Array, { temperature, topK, topP, minP }: Settings): Results["kept"] {
  if (topK === 0 && topP === 1 && minP === 0) return undefined;
  const { indices, probabilities } = candidates(logits, { temperature, topK, topP, minP });
  return new Map(Array.from(indices, (token, i) => [token, probabilities[i]]));
}
