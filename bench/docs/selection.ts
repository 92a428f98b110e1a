import { tables } from "../tables.js";

/** The rows of the tables of the benchmark that docs/speed.md shows, by the name of the table and the labels of the rows. */
export interface Part {
  readonly table: string;
  /** How the page calls the rows: with their own label in the place of `$`. */
  readonly title: string;
  readonly labels: readonly string[];
  /** What a candidate is called in its column, for candidates that are in another one's place. */
  readonly columns?: Readonly<Record<string, string>>;
}

const SHAPES = [
  "1 × 10",
  "1 × 1,000",
  "1 × 151,936",
  "1,000 × 10",
  "100,000 × 10",
  "4,096 × 1,000",
  "1,024 × 32,000",
];
const THREE = ["1 × 1,000", "1,000 × 10", "1,024 × 32,000"];
const TWO = ["1,024 × 1,000", "1,000 × 10"];
const RESIDENT = ["1 × 1,000", "1 × 151,936", "4,096 × 1,000"];
const LENGTHS = ["1", "2", "4", "8", "12", "16", "24", "32", "48", "64", "128"];

export const softmaxParts: readonly Part[] = [{ table: "softmax f32", title: "$", labels: SHAPES }];

export const shortParts: readonly Part[] = [{ table: "overhead", title: "$", labels: LENGTHS }];

/** What the picture of the scaling is drawn of. */
export const scalingParts: readonly Part[] = [
  {
    table: "scaling",
    title: "$",
    labels: tables.find(({ name }) => name === "scaling")?.rows.map(({ label }) => label) ?? [],
  },
];

export const coreParts: readonly Part[] = [
  { table: "logSoftmax f32", title: "logSoftmax, $", labels: THREE },
  { table: "logSumExp f32", title: "logSumExp, $", labels: THREE },
  { table: "softmax f64", title: "softmax, `Float64Array`, $", labels: THREE },
  { table: "logSoftmax f64", title: "logSoftmax, `Float64Array`, $", labels: THREE },
  { table: "logSumExp f64", title: "logSumExp, `Float64Array`, $", labels: THREE },
  {
    table: "strided",
    title: "$, axis 1",
    labels: [
      "softmax f32 16×21×16,384",
      "softmax f32 64×1,000×64",
      "softmax f32 4,096×100×3",
      "softmax f64 16×21×16,384",
      "logSoftmax f32 16×21×16,384",
      "logSumExp f32 16×21×16,384",
    ],
  },
  {
    table: "spread",
    title: "softmax, 64 × 1,000, $ spread of logits",
    labels: ["f32 narrow", "f32 wide", "f32 subnormal"],
  },
  {
    table: "resident",
    title: "softmax, $, resident",
    labels: RESIDENT,
    columns: { "relaxed resident": "relaxed", "simd resident": "simd" },
  },
];

export const familyParts: readonly Part[] = [
  { table: "softmaxVjp f32", title: "softmaxVjp, $", labels: TWO },
  { table: "logSoftmaxVjp f32", title: "logSoftmaxVjp, $", labels: TWO },
  { table: "logSumExpVjp f32", title: "logSumExpVjp, $", labels: TWO },
  { table: "entropy f32", title: "entropy, $", labels: TWO },
  { table: "crossEntropy f32", title: "crossEntropy, labels, $", labels: TWO },
  { table: "crossEntropyGrad f32", title: "crossEntropyGrad, labels, $", labels: TWO },
  { table: "crossEntropyGrad targets f32", title: "crossEntropyGrad, targets, $", labels: TWO },
  { table: "softmax mask f32", title: "softmax, mask as long as x, $", labels: TWO },
  { table: "softmax normalizer f32", title: "softmax, normalizer, $", labels: TWO },
  { table: "logSumExp weights f32", title: "logSumExp, weights, $", labels: TWO },
  { table: "LogSumExp push f32", title: "LogSumExp, a push per row, $", labels: TWO },
  { table: "alr f32", title: "alr, $", labels: TWO },
  { table: "alrInverse f32", title: "alrInverse, $", labels: TWO },
  { table: "clr f32", title: "clr, $", labels: TWO },
  { table: "sigmoid f32", title: "sigmoid, $ elements", labels: ["1,000"] },
  { table: "logSigmoid f32", title: "logSigmoid, $ elements", labels: ["1,000"] },
  { table: "softplus f32", title: "softplus, $ elements", labels: ["1,000"] },
  { table: "logit f32", title: "logit, $ elements", labels: ["1,000"] },
  { table: "logAddExp f32", title: "logAddExp, $ elements", labels: ["1,000"] },
  {
    table: "softmaxJacobian f32",
    title: "softmaxJacobian, $, per element of the result",
    labels: ["100 × 100"],
  },
  {
    table: "family f64",
    title: "$, `Float64Array`",
    labels: [
      "softmaxVjp 1,024 × 1,000",
      "logSoftmaxVjp 1,024 × 1,000",
      "logSumExpVjp 1,024 × 1,000",
      "entropy 1,024 × 1,000",
      "crossEntropy 1,024 × 1,000",
      "crossEntropyGrad 1,024 × 1,000",
      "logSumExp weights 1,024 × 1,000",
      "sigmoid 1 × 1,000,000",
      "softplus 1 × 1,000,000",
    ],
  },
];

/** What the newest Node measures. The oldest one measures `softmaxParts`. */
export const newestParts = [...softmaxParts, ...shortParts, ...scalingParts, ...coreParts, ...familyParts];
