/**
 * A reference of the filters: every rule as docs/tokens.md words it, on a sorted list, with 60 decimal digits. It shares no code with the
 * package and takes no short cut.
 */
import { Exact, exact } from "./decimal.js";

export interface Filtering {
  readonly temperature?: number;
  readonly topNSigma?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly typicalP?: number;
  readonly minTokensToKeep?: number;
  readonly mask?: ArrayLike<number | boolean>;
  readonly bias?: ReadonlyMap<number, number>;
}

export interface Candidate {
  readonly index: number;
  readonly logit: number;
  readonly weight: Exact;
}

/** What a sum may lack of a share, relative to the whole, and a logit of a limit, relative to its parts. */
const OF_SUMS = new Exact(2).pow(-49);
const OF_LIMITS = new Exact(2).pow(-50);

/** The candidates of one lane, in order, with weights that add up to 1. None where there is nothing to draw. */
export function referenceCandidates(logits: ArrayLike<number>, options: Filtering = {}): Candidate[] {
  const { temperature = 1, topK = 0, minTokensToKeep: least = 1 } = options;
  let list: { index: number; logit: number }[] = [];
  for (let index = 0; index < logits.length; index++) {
    const added = options.bias?.get(index);
    const isOut = (options.mask && !options.mask[index]) || added === Number.NEGATIVE_INFINITY;
    list.push({ index, logit: isOut ? Number.NEGATIVE_INFINITY : logits[index] + (added ?? 0) });
  }
  if (list.some(({ logit }) => Number.isNaN(logit) || logit === Number.POSITIVE_INFINITY)) return [];
  list = list.filter(({ logit }) => logit !== Number.NEGATIVE_INFINITY);
  list.sort((a, b) => (a.logit > b.logit ? -1 : a.logit < b.logit ? 1 : a.index - b.index));
  if (list.length === 0) return [];
  if (temperature === 0) return [{ ...list[0], weight: new Exact(1) }];

  const max = exact(list[0].logit);
  const T = exact(temperature);
  let left: Candidate[] = list.map((token) => ({
    ...token,
    weight: exact(token.logit).minus(max).div(T).exp(),
  }));
  const keep = (count: number, order = left) => {
    const kept = new Set(order.slice(0, Math.max(count, least)));
    left = left.filter((candidate) => kept.has(candidate));
  };
  const from = (distance: Exact) => {
    const limit = max.minus(distance).minus(OF_LIMITS.times(max.abs().plus(distance)));
    keep(left.filter(({ logit }) => exact(logit).gte(limit)).length);
  };

  if (options.topNSigma !== undefined && options.topNSigma !== Number.POSITIVE_INFINITY) {
    const mean = sum(list.map(({ logit }) => exact(logit))).div(list.length);
    const variance = sum(list.map(({ logit }) => exact(logit).minus(mean).pow(2))).div(list.length);
    from(variance.sqrt().times(exact(options.topNSigma)));
  }
  if (topK > 0) left = left.slice(0, topK);
  if (options.topP !== undefined && options.topP < 1) keep(reaching(left, options.topP));
  if (options.minP !== undefined && options.minP > 0) from(exact(options.minP).ln().negated().times(T));
  if (options.typicalP !== undefined && options.typicalP < 1) {
    const total = sum(left.map(({ weight }) => weight));
    const surprise = ({ weight }: Candidate) => weight.div(total).ln().negated();
    const entropy = sum(left.map((candidate) => candidate.weight.div(total).times(surprise(candidate))));
    const deviations = new Map(left.map((each) => [each, surprise(each).minus(entropy).abs()]));
    const deviation = (candidate: Candidate) => deviations.get(candidate) as Exact;
    const order = [...left].sort((a, b) => deviation(a).cmp(deviation(b)) || a.index - b.index);
    keep(reaching(order, options.typicalP), order);
  }
  const total = sum(left.map(({ weight }) => weight));
  return left.map((candidate) => ({ ...candidate, weight: candidate.weight.div(total) }));
}

/** How many first ones reach a share of all of them: at least one. */
function reaching(order: readonly Candidate[], share: number): number {
  const wanted = sum(order.map(({ weight }) => weight)).times(exact(share).minus(OF_SUMS));
  let reached = new Exact(0);
  for (const [k, { weight }] of order.entries()) {
    reached = reached.plus(weight);
    if (reached.gte(wanted)) return k + 1;
  }
  return order.length;
}

function sum(terms: readonly Exact[]): Exact {
  return terms.reduce((total, term) => total.plus(term), new Exact(0));
}

/** The index that u draws from these candidates: of them, by index, the one on whose probability it falls. */
export function referenceDraw(candidates: readonly Candidate[], u: number): number {
  let reached = new Exact(0);
  for (const { index, weight } of [...candidates].sort((a, b) => a.index - b.index)) {
    reached = reached.plus(weight);
    if (reached.gt(exact(u))) return index;
  }
  return -1;
}
