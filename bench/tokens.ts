/** What one writes without a library to choose among tokens: a sort of all indices, and loops. */
import type { FloatArray, Instance, Resident } from "../src/index.js";
import { backends, residentAgainstStaged } from "./against.js";
import { against, type Case } from "./family.js";
import { arrayLike, type Lanes } from "./lanes.js";
import { maximum } from "./naive.js";

const COUNT = 50;

export const topK: Case = (lanes) => {
  const { x, rows, shape, length } = lanes;
  const count = Math.min(COUNT, length);
  const out = { values: arrayLike(x, rows * count), indices: new Int32Array(rows * count) };
  const [, , js] = backends();
  return {
    ...residentAgainstStaged(
      (library) => () => library.topK(x, COUNT, { shape, out }).values,
      (library) => {
        const own = library.allocate(x.BYTES_PER_ELEMENT === 4 ? "f32" : "f64", x.length) as Resident;
        own.view.set(x);
        return () => library.topK(own.view, COUNT, { shape, out }).values;
      },
      () => sortedFirst(lanes, count, out.values, out.indices),
    ),
    ...(js && { js: () => js.topK(x, COUNT, { shape, out }).values }),
    maximum: () => maxima(lanes),
  };
};

export const argmax: Case = (lanes) => {
  const { x, rows, shape, length } = lanes;
  const options = { shape: shape ?? [1, length], out: new Int32Array(rows) };
  return {
    ...against(
      (library) => total(library.argmax(x, options)),
      () => total(largest(lanes, options.out)),
    ),
    maximum: () => maxima(lanes),
  };
};

/** Into `out`, which stands for the copy that a decoder's next logits are. */
export const penalize: Case = ({ x, out }) => {
  const tokens = Int32Array.from({ length: 1000 }, (_, k) => (k * k) % x.length);
  const options = { repetition: 1.1, frequency: 0.2, presence: 0.1, out };
  return against(
    (library) => library.penalize(x, tokens, options),
    () => penalized(x, tokens, options),
  );
};

const NUCLEUS = { topK: COUNT, topP: 0.9 };

export const candidates: Case = (lanes) => {
  const { x, shape, length } = lanes;
  const options = { topP: 0.9, shape: shape ?? [1, length] };
  return against(
    (library) => library.candidates(x, options).indices.length,
    () => nucleus(lanes, length, 0.9, () => 0).kept,
  );
};

/** The filters of a decoder, on a resident array: one draw of each lane. */
export const sampleFiltered = sampling(NUCLEUS, (lanes, next) => nucleus(lanes, COUNT, 0.9, next));
export const sampleTopP = sampling({ topP: 0.9 }, (lanes, next) => nucleus(lanes, lanes.length, 0.9, next));
export const sampleMinP = sampling({ minP: 0.05 }, (lanes, next) => inverted(lanes, 0.05, next));
export const sampleAll = sampling({}, (lanes, next) => inverted(lanes, 0, next));

function sampling(
  filters: { readonly topK?: number; readonly topP?: number; readonly minP?: number },
  naive: (lanes: Lanes, next: () => number) => unknown,
): Case {
  return (lanes) => {
    const { x, shape, length } = lanes;
    let seed = 0;
    // Draws differ: what they have in common is their number.
    const draw = (library: Instance, from: FloatArray) =>
      library.sample(from, { ...filters, shape: shape ?? [1, length], seed: seed++ }).length;
    const [, , js] = backends();
    return {
      ...residentAgainstStaged(
        (library) => () => draw(library, x),
        (library) => {
          const own = library.allocate(x.BYTES_PER_ELEMENT === 4 ? "f32" : "f64", x.length) as Resident;
          own.view.set(x);
          return () => draw(library, own.view);
        },
        () => {
          naive(lanes, Math.random);
          return lanes.rows;
        },
      ),
      ...(js && { js: () => draw(js, x) }),
      maximum: () => maxima(lanes),
      logSumExp: () => total(backends()[0].logSumExp(x, { shape: shape ?? [1, length] })),
    };
  };
}

/** By a sort of all: how many tokens are kept, and the sum of those drawn. */
function nucleus(
  { x, rows, length }: Lanes,
  count: number,
  share: number,
  next: () => number,
): { kept: number; tokens: number } {
  const all = { kept: 0, tokens: 0 };
  for (let row = 0; row < rows; row++) {
    const lane = x.subarray(row * length, (row + 1) * length);
    const order = Uint32Array.from(lane.keys())
      .sort((a, b) => lane[b] - lane[a] || a - b)
      .subarray(0, count);
    const weights = Float64Array.from(order, (k) => Math.exp(lane[k] - lane[order[0]]));
    const wanted = share * weights.reduce((a, b) => a + b, 0);
    let kept = 0;
    let mass = 0;
    while (kept < weights.length && mass < wanted) mass += weights[kept++];
    let target = next() * mass;
    let place = 0;
    while (place < kept - 1 && target >= weights[place]) target -= weights[place++];
    all.kept += kept;
    all.tokens += order[place];
  }
  return all;
}

/** By exponentials of all, or of those near the maximum. */
function inverted({ x, rows, length }: Lanes, share: number, next: () => number): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * length, (row + 1) * length];
    const max = maximum(x, from, to, 1);
    const limit = max + Math.log(share);
    let mass = 0;
    for (let k = from; k < to; k++) if (x[k] >= limit) mass += Math.exp(x[k] - max);
    let target = next() * mass;
    let k = from;
    for (; k < to - 1; k++) {
      if (x[k] < limit) continue;
      target -= Math.exp(x[k] - max);
      if (target < 0) break;
    }
    sum += k - from;
  }
  return sum;
}

function sortedFirst(
  { x, rows, length }: Lanes,
  count: number,
  values: FloatArray,
  indices: Int32Array,
): FloatArray {
  for (let row = 0; row < rows; row++) {
    const lane = x.subarray(row * length, (row + 1) * length);
    const order = Uint32Array.from(lane.keys()).sort((a, b) => lane[b] - lane[a] || a - b);
    for (let place = 0; place < count; place++) {
      values[row * count + place] = lane[order[place]];
      indices[row * count + place] = order[place];
    }
  }
  return values;
}

function maxima({ x, rows, length }: Lanes): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += maximum(x, row * length, (row + 1) * length, 1);
  return sum;
}

function largest({ x, rows, length }: Lanes, out: Int32Array): Int32Array {
  for (let row = 0; row < rows; row++) {
    let best = row * length;
    for (let k = best + 1; k < (row + 1) * length; k++) if (x[k] > x[best]) best = k;
    out[row] = best - row * length;
  }
  return out;
}

function total(indices: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < indices.length; row++) sum += indices[row];
  return sum;
}

interface Penalties {
  readonly repetition: number;
  readonly frequency: number;
  readonly presence: number;
  readonly out: FloatArray;
}

function penalized(
  x: FloatArray,
  tokens: Int32Array,
  { repetition, frequency, presence, out }: Penalties,
): FloatArray {
  const counts = new Map<number, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  out.set(x);
  for (const [token, count] of counts) {
    const value = x[token] < 0 ? x[token] * repetition : x[token] / repetition;
    out[token] = value - count * frequency - presence;
  }
  return out;
}
