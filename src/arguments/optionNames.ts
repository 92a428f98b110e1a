import { describe, typedArrayName } from "../describe.js";
import { packingOptionsOf } from "./packedTypes.js";

/** The options of the functions, a bit each. A function says by their sum which ones it takes. */
export const OUT = 1 << 0;
export const SHAPE = 1 << 1;
export const AXIS = 1 << 2;
export const TEMPERATURE = 1 << 3;
export const MASK = 1 << 4;
export const NORMALIZER = 1 << 5;
export const WEIGHTS = 1 << 6;
export const REDUCTION = 1 << 7;
export const IGNORE_INDEX = 1 << 8;
export const LABEL_SMOOTHING = 1 << 9;
export const WEIGHT = 1 << 10;
export const REFERENCE = 1 << 11;
export const SCALE = 1 << 12;
export const VALIDATE = 1 << 13;
export const TOLERANCE = 1 << 14;
export const DY = 1 << 15;
export const REPETITION = 1 << 16;
export const FREQUENCY = 1 << 17;
export const PRESENCE = 1 << 18;
export const WINDOW = 1 << 19;
export const BINS = 1 << 20;

/** What every function on lanes takes. */
export const LANES = OUT | SHAPE | AXIS;
/** What every function that checks its probabilities takes. */
export const SIMPLEX = VALIDATE | TOLERANCE;

/** By their bits, in the order of the errors. */
const NAMES = [
  "out",
  "shape",
  "axis",
  "temperature",
  "mask",
  "normalizer",
  "weights",
  "reduction",
  "ignoreIndex",
  "labelSmoothing",
  "weight",
  "reference",
  "scale",
  "validate",
  "tolerance",
  "dy",
  "repetition",
  "frequency",
  "presence",
  "window",
  "bins",
];

/** What other libraries and other habits call our options: in lower case, without separators. */
const OTHER_WORDS: { readonly [name: string]: string } = {
  axis: "dim dims dimension dimensions axes",
  bins: "nbins numbins bincount m",
  backend: "device engine executionprovider executionproviders",
  bias: "logitbias logitsbias sequencebias biases",
  draw: "counter step offset position",
  draws: "numsamples n count samples numreturnsequences size",
  dy: "grad gradient gradoutput gradoutputs upstream cotangent slopes",
  frequency: "frequencypenalty penaltyfreq repeatfrequency",
  ignoreIndex: "ignore ignorelabel ignorevalue paddingindex",
  labelSmoothing: "smoothing smooth epsilon eps alpha",
  length: "columns cols classes width rowlength size",
  logProbability: "logprob logprobs logprobability logprobabilities returnlogprobs",
  mask: "where keep attentionmask",
  minP: "minprob minprobability",
  minTokensToKeep: "minkeep mintokens",
  module: "wasm wasmmodule binary",
  normalizer: "lse logz logsumexp normalization normalizers",
  op: "operation function fn method",
  out: "output result dst dest destination target into",
  pool: "workers threads",
  presence: "presencepenalty penaltypresent",
  random: "rng rand generator randomgenerator",
  reduction: "reduce sizeaverage",
  reference: "ref base pivot denominatoridx",
  repetition: "repetitionpenalty repeatpenalty penaltyrepeat penalty",
  rows: "batch batchsize chunksize",
  scale: "lambda",
  seed: "randomseed manualseed key randomstate",
  shape: "size sizes dims dimensions",
  temperature: "temp tau t beta",
  threads: "workers numthreads nthreads threadcount concurrency poolsize",
  tolerance: "tol atol rtol eps",
  topK: "k top",
  topNSigma: "nsigma topnsigmas sigma",
  topP: "nucleus nucleusp p",
  type: "dtype elementtype datatype",
  typicalP: "typical typp typ typicalmass",
  weight: "weights classweight classweights",
  weights: "weight b w",
  window: "lastn penaltylastn repeatlastn contextsize",
  worker: "workerurl workerpath workersrc url path",
};

/** What to say of names for which there is no option of ours. */
const NOTES: { readonly [name: string]: string } = {
  base: "results are in nats",
  dosample: "temperature 0 takes the largest",
  greedy: "temperature 0 takes the largest",
  dtype: "it is for a Uint16Array of half floats",
  keepdim: "results have the dimensions that remain",
  keepdims: "results have the dimensions that remain",
  returnsign: "logSumExpSigned gives the sign",
  scale: "it is for an Int8Array or Uint8Array",
  zeropoint: "it is for an Int8Array or Uint8Array",
};

/** Options by name, whatever they are. */
type Named = { readonly [name: string]: unknown };

/**
 * Throws a TypeError unless `options` is an object with none but the options that `taken` sums up, and those that say what the
 * elements of `x` are. One that is undefined counts as absent.
 */
export function checkOptions(
  caller: string,
  options: unknown,
  taken: number,
  x?: unknown,
): asserts options is object {
  if (typeof options === "object" && options !== null) {
    let isRight = false;
    for (const name in options) {
      isRight = (bitOf(name) & taken) !== 0 || packingOptionsOf(x, (taken & SCALE) === 0).includes(name);
      if (!isRight) break;
    }
    if (isRight) return;
  }
  checkSlowly(caller, options, taken, x);
}

/**
 * Something is wrong, or there are no options in it. A function of its own: the closure would cost each call of `checkOptions`
 * 5 ns.
 */
function checkSlowly(caller: string, options: unknown, taken: number, x: unknown): void {
  const names = NAMES.filter((_, k) => taken & (1 << k));
  // Where scale is λ, it is not that of integers.
  checkNames(caller, options, names, packingOptionsOf(x, (taken & SCALE) === 0));
}

/** The bit of an option, 0 of any other name. By comparisons (measured: 1 to 3 ns; in a Set or an array, 11 to 20). */
function bitOf(name: string): number {
  switch (name) {
    case "out":
      return OUT;
    case "shape":
      return SHAPE;
    case "axis":
      return AXIS;
    case "temperature":
      return TEMPERATURE;
    case "mask":
      return MASK;
    case "weights":
      return WEIGHTS;
    case "scale":
      return SCALE;
    case "dtype":
    case "zeroPoint":
      return 0;
    default: {
      const k = NAMES.indexOf(name);
      return k < 0 ? 0 : 1 << k;
    }
  }
}

/** `checkOptions` with the names of all that is taken. */
export function checkNames(
  caller: string,
  options: unknown,
  names: readonly string[],
  others: readonly string[] = [],
): asserts options is object {
  // Of an array, a map or a promise no field is an option.
  if (Object.prototype.toString.call(options) !== "[object Object]") throw notOptions(caller, options, names);
  for (const name in options as object) {
    // Some page may have added to all objects.
    const isForeign = name in Object.prototype && !Object.hasOwn(options as object, name);
    if (isForeign || names.includes(name) || others.includes(name) || (options as Named)[name] === undefined)
      continue;
    const right = suggestion(name, names);
    const note = right === undefined ? noteOn(name) : `did you mean ${right}?`;
    const hint = note === undefined ? "" : ` (${note})`;
    const last = names.at(-1);
    const all =
      names.length > 1
        ? `options are ${names.slice(0, -1).join(", ")} and ${last}`
        : `the only option is ${last}`;
    throw new TypeError(`${caller}: there is no option ${name}${hint}: ${all}`);
  }
}

function notOptions(caller: string, options: unknown, names: readonly string[]): TypeError {
  let [name, value] = ["", ""];
  if (Array.isArray(options))
    [name, value] = [
      "shape",
      options.length < 9 && options.every(Number.isInteger) ? `: [${options.join(", ")}]` : "",
    ];
  else if (typedArrayName(options)) name = "out";
  else if (typeof options === "number") [name, value] = ["axis", `: ${options}`];
  const like = names.includes(name) ? ` like { ${name}${value} }` : "";
  return new TypeError(`${caller}: options must be an object${like}, got ${describe(options)}`);
}

/** The name that was probably meant. */
function suggestion(name: string, names: readonly string[]): string | undefined {
  const plain = plainly(name);
  return (
    names.find((ours) => plainly(ours) === plain) ??
    names.find((ours) => OTHER_WORDS[ours]?.split(" ").includes(plain)) ??
    names.find((ours) => distance(plain, plainly(ours)) <= (ours.length < 6 ? 1 : 2))
  );
}

function noteOn(name: string): string | undefined {
  const plain = plainly(name);
  return Object.hasOwn(NOTES, plain) ? NOTES[plain] : undefined;
}

function plainly(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** How many letters are to be inserted, removed, replaced or exchanged with the next one (Damerau, Levenshtein). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    [before, row] = [row, next];
  }
  return row[b.length];
}
