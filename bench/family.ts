import { type Instance, softmaxJacobian as jacobian, type Resident } from "../src/index.js";
import { againstLoop, backends, residentAgainstStaged } from "./against.js";
import {
  arrayLike,
  coreResult,
  type Lanes,
  likelyLabels,
  normals,
  randomLabels,
  randomMask,
  uniforms,
} from "./lanes.js";
import type { Candidates, Run } from "./measure.js";
import * as naive from "./naiveFamily.js";
import * as naiveLogRatio from "./naiveLogRatio.js";

/** The candidates for one function, or one way to call it, on rows of logits. */
export type Case = (lanes: Lanes) => Candidates;

export const softmaxVjp: Case = (lanes) => {
  const { x, out, shape, length } = lanes;
  const p = coreResult("softmax", lanes);
  const dy = normals(x, x.length);
  const options = { shape, out };
  return against(
    (library) => library.softmaxVjp(p, dy, options),
    () => naive.softmaxVjp(p, dy, out, length),
  );
};

/** Copied in and out, and on arrays that live in the backend's memory. */
export const softmaxVjpResident: Case = (lanes) => {
  const { x, out, shape, length } = lanes;
  const p = coreResult("softmax", lanes);
  const dy = normals(x, x.length);
  const staged = { shape, out };
  const resident = (library: Instance): Run => {
    const type = x.BYTES_PER_ELEMENT === 4 ? "f32" : "f64";
    const allocate = (): Resident => library.allocate(type, x.length);
    const [ownP, ownDy, ownOut] = [allocate(), allocate(), allocate()];
    ownP.view.set(p);
    ownDy.view.set(dy);
    // Views are read for each call: the other candidates may make the memory grow.
    return () => library.softmaxVjp(ownP.view, ownDy.view, { shape, out: ownOut.view });
  };
  return residentAgainstStaged(
    (library) => () => library.softmaxVjp(p, dy, staged),
    resident,
    () => naive.softmaxVjp(p, dy, out, length),
  );
};

export const logSoftmaxVjp: Case = (lanes) => {
  const { x, out, shape, length } = lanes;
  const logp = coreResult("logSoftmax", lanes);
  const dy = normals(x, x.length);
  const options = { shape, out };
  return against(
    (library) => library.logSoftmaxVjp(logp, dy, options),
    () => naive.logSoftmaxVjp(logp, dy, out, length),
  );
};

export const logSumExpVjp: Case = ({ x, out, rows, shape, length }) => {
  const dy = normals(x, rows);
  const options = { shape, out };
  return against(
    (library) => library.logSumExpVjp(x, dy, options),
    () => naive.logSumExpVjp(x, dy, out, length),
  );
};

export const entropy: Case = ({ x, rows, shape, length }) => {
  const out = x.slice(0, rows);
  const options = shape === undefined ? { shape: [1, length], out } : { shape, out };
  return against(
    (library) => library.entropy(x, options),
    () => naive.entropy(x, out, length),
  );
};

export const crossEntropy: Case = (lanes) => {
  const { x, shape, length } = lanes;
  const labels = randomLabels(lanes);
  const options = { shape };
  return against(
    (library) => library.crossEntropy(x, labels, options),
    () => naive.crossEntropy(x, labels, length),
  );
};

/** The whole search: some ten passes over the logits. Its labels often have the largest logits. */
export const fitTemperature: Case = (lanes) => {
  const { x, shape, length } = lanes;
  const labels = likelyLabels(lanes);
  const options = { shape };
  return against(
    (library) => library.fitTemperature(x, labels, options).temperature,
    () => naive.fitTemperature(x, labels, length),
  );
};

export const calibration: Case = (lanes) => {
  const { x, shape, length } = lanes;
  const labels = likelyLabels(lanes);
  const options = { shape };
  return against(
    (library) => library.calibration(x, labels, options).calibrationError,
    () => naive.calibrationError(x, labels, length),
  );
};

export const crossEntropyGrad: Case = (lanes) => {
  const { x, out, shape, length } = lanes;
  const labels = randomLabels(lanes);
  const options = { shape, out };
  return against(
    (library) => library.crossEntropyGrad(x, labels, options),
    () => naive.crossEntropyGrad(x, labels, out, length),
  );
};

export const crossEntropyTargetsGrad: Case = (lanes) => {
  const { x, out, shape, length } = lanes;
  const targets = coreResult("softmax", { ...lanes, x: x.slice().reverse() });
  const options = { shape, out };
  return against(
    (library) => library.crossEntropyGrad(x, targets, options),
    () => naive.crossEntropyTargetsGrad(x, targets, out, length),
  );
};

export const softmaxMasked: Case = (lanes) => masked(lanes, randomMask(lanes.x.length));
export const softmaxLaneMasked: Case = (lanes) => masked(lanes, randomMask(lanes.length));

/** With the library's mask, with -Infinity filled in before its softmax, and without a mask. */
function masked({ x, out, shape, length }: Lanes, mask: Uint8Array): Candidates {
  const [{ softmax }] = backends();
  const options = { shape, out };
  const maskOptions = { shape, out, mask };
  return {
    ...against(
      (library) => library.softmax(x, maskOptions),
      () => naive.maskedSoftmax(x, mask, out, length),
    ),
    filled: () => softmax(naive.fillMasked(x, mask, out, length), options),
    unmasked: () => softmax(x, options),
  };
}

export const softmaxNormalized: Case = (lanes) => {
  const { x, out, shape, length } = lanes;
  const normalizer = coreResult("logSumExp", lanes);
  const options = { shape, out, normalizer };
  return against(
    (library) => library.softmax(x, options),
    () => naive.normalizedSoftmax(x, normalizer, out, length),
  );
};

export const logSumExpWeighted: Case = ({ x, rows, shape, length }) => {
  const weights = uniforms(x, x.length);
  const out = arrayLike(x, rows);
  const options = { shape, out, weights };
  return against(
    (library) => library.logSumExp(x, options),
    () => naive.weightedLogSumExp(x, weights, out, length),
  );
};

/** Each row is a chunk of one long vector. */
export const accumulator: Case = ({ x, rows, length }) => {
  const chunks = Array.from({ length: rows }, (_, row) => x.subarray(row * length, (row + 1) * length));
  return against(
    ({ LogSumExp }) => {
      const sum = new LogSumExp();
      for (const chunk of chunks) sum.push(chunk);
      return sum.value;
    },
    () => naive.logSumExpOfChunks(chunks),
  );
};

export const alr: Case = (lanes) => {
  const { x, rows, shape, length } = lanes;
  const p = coreResult("softmax", lanes);
  const out = arrayLike(x, x.length - rows);
  return withValidation(
    (library, validate) => library.alr(p, { shape, out, validate }),
    () => naiveLogRatio.alr(p, out, length),
  );
};

export const clr: Case = (lanes) => {
  const { out, shape, length } = lanes;
  const p = coreResult("softmax", lanes);
  return withValidation(
    (library, validate) => library.clr(p, { shape, out, validate }),
    () => naiveLogRatio.clr(p, out, length),
  );
};

/** `rows` rows of one component less than `length` give rows of `length`. */
export const alrInverse: Case = ({ x, out, rows, shape, length }) => {
  const y = normals(x, x.length - rows);
  const options = { shape: shape && [rows, length - 1], out };
  return against(
    (library) => library.alrInverse(y, options),
    () => naiveLogRatio.alrInverse(y, out, length),
  );
};

/** In TypeScript whatever the backend. */
export const softmaxJacobian: Case = (lanes) => {
  const { x, shape, length } = lanes;
  const p = coreResult("softmax", lanes);
  const out = arrayLike(x, x.length * length);
  const options = { shape, out };
  return {
    js: () => jacobian(p, options),
    naive: () => naiveLogRatio.softmaxJacobian(p, out, length),
  };
};

/** With the probabilities checked, as by default, and on the fastest backend also without. */
function withValidation(
  compute: (library: Instance, validate: boolean) => ReturnType<Run>,
  naive: Run,
): Candidates {
  const [fastest] = backends();
  return {
    ...against((library) => compute(library, true), naive),
    unchecked: () => compute(fastest, false),
  };
}

export function against(compute: (library: Instance) => ReturnType<Run>, naive: Run): Candidates {
  return againstLoop((library) => () => compute(library), naive);
}
