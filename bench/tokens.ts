/** What one writes without a library to choose among tokens: a sort of all indices, and loops. */
import type { FloatArray, Resident } from "../src/index.js";
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

function total(indices: Int32Array): number {
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
