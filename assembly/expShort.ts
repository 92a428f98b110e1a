/**
 * The exponential of a short lane. Element k goes to sum k mod 4, so the bits are the same whether the lane is a row or
 * lies beside others. The first two stages are those of `expStages.ts`; the last one is here.
 */
import { growTerms, isStored, isWeighted, reduceTerms } from "./expStages";
import { STAGE, STAGED, START, SUM, SUM_LOW, TAIL } from "./frame";
import { joinFour, setPair } from "./sum";
import { madd, strideOf, VECTOR } from "./vectors";
import { weighShort } from "./weightedSums";

/** `count` vectors at `src`. If a row has a `part` of one more, that is in TAIL, and its terms go to `tail`. */
export function expShort<T extends number, Use>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  tail: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  const stage = frame + STAGE;
  const last = stage + count * STAGED;
  const stride = strideOf(step);
  reduceTerms<T, Use>(frame, group, src, stage, count, stride);
  if (part) reduceTerms<T, Use>(frame, group, frame + TAIL, last, 1, 0);
  growTerms<T, Use>(frame, part ? count + 1 : count);
  if (isWeighted<Use>()) {
    weighShort<T>(frame, group, src, dst, count, part, step);
    return;
  }
  if (step) addColumns<T, Use>(group, stage, count, dst, step);
  else addRow<T, Use>(group, stage, part ? count + 1 : count, dst, part ? tail : 0);
}

/**
 * `addTerms` for a row. Every vector of f32 has elements of all four sums. Vectors of f64 have elements of two, and
 * take turns. If `last` is not 0, the terms of the last vector are stored there.
 */
function addRow<T extends number, Use>(group: usize, at: usize, count: usize, dst: usize, last: usize): void {
  const start = v128.load(group, START);
  let partial = start;
  let other = start;
  let lost = v128.splat<T>(<T>0);
  let otherLost = lost;
  for (; count; --count) {
    const term = termOf<T, Use>(at);
    const next = v128.add<T>(partial, term);
    const nextLost = v128.add<T>(lost, leftOf<T, Use>(at, partial, next));
    if (isStored<Use>()) v128.store(last && count === 1 ? last : dst, term);
    if (sizeof<T>() === 4) {
      partial = next;
      lost = nextLost;
    } else {
      partial = other;
      other = next;
      lost = otherLost;
      otherLost = nextLost;
    }
    at += STAGED;
    dst += VECTOR;
  }
  partial = v128.sub<T>(partial, start);
  if (sizeof<T>() === 4) {
    v128.store(group, partial, SUM);
    v128.store(group, lost, SUM_LOW);
  } else {
    setPair(group, partial, lost, f64x2.sub(other, start), otherLost);
  }
}

/** `addTerms` for lanes side by side, with four sums for each lane. */
function addColumns<T extends number, Use>(
  group: usize,
  at: usize,
  count: usize,
  dst: usize,
  step: usize,
): void {
  const start = v128.load(group, START);
  let p0 = start;
  let p1 = start;
  let p2 = start;
  let p3 = start;
  let l0 = v128.splat<T>(<T>0);
  let l1 = l0;
  let l2 = l0;
  let l3 = l0;
  for (; count >= 4; count -= 4) {
    let next = addTo<T, Use>(p0, at, dst);
    l0 = v128.add<T>(l0, leftOf<T, Use>(at, p0, next));
    p0 = next;
    dst += step;
    next = addTo<T, Use>(p1, at + STAGED, dst);
    l1 = v128.add<T>(l1, leftOf<T, Use>(at + STAGED, p1, next));
    p1 = next;
    dst += step;
    next = addTo<T, Use>(p2, at + 2 * STAGED, dst);
    l2 = v128.add<T>(l2, leftOf<T, Use>(at + 2 * STAGED, p2, next));
    p2 = next;
    dst += step;
    next = addTo<T, Use>(p3, at + 3 * STAGED, dst);
    l3 = v128.add<T>(l3, leftOf<T, Use>(at + 3 * STAGED, p3, next));
    p3 = next;
    dst += step;
    at += 4 * STAGED;
  }
  if (count) {
    let next = addTo<T, Use>(p0, at, dst);
    l0 = v128.add<T>(l0, leftOf<T, Use>(at, p0, next));
    p0 = next;
    if (count > 1) {
      next = addTo<T, Use>(p1, at + STAGED, dst + step);
      l1 = v128.add<T>(l1, leftOf<T, Use>(at + STAGED, p1, next));
      p1 = next;
    }
    if (count > 2) {
      next = addTo<T, Use>(p2, at + 2 * STAGED, dst + 2 * step);
      l2 = v128.add<T>(l2, leftOf<T, Use>(at + 2 * STAGED, p2, next));
      p2 = next;
    }
  }
  p0 = v128.sub<T>(p0, start);
  p1 = v128.sub<T>(p1, start);
  p2 = v128.sub<T>(p2, start);
  p3 = v128.sub<T>(p3, start);
  joinFour<T>(group, p0, l0, p1, l1, p2, l2, p3, l3);
}

function addTo<T extends number, Use>(partial: v128, at: usize, dst: usize): v128 {
  const term = termOf<T, Use>(at);
  if (isStored<Use>()) v128.store(dst, term);
  return v128.add<T>(partial, term);
}

function termOf<T extends number, Use>(at: usize): v128 {
  const scale = v128.load(at);
  const high = v128.load(at, VECTOR);
  const t = isStored<Use>() ? high : v128.add<T>(high, v128.load(at, 2 * VECTOR));
  return madd<T>(scale, t, scale);
}

/** What the partial sum has lost of scale · (1 + t), where t is high + rest before it is rounded. */
function leftOf<T extends number, Use>(at: usize, partial: v128, next: v128): v128 {
  const scale = v128.load(at);
  const left = madd<T>(scale, v128.load(at, VECTOR), v128.sub<T>(scale, v128.sub<T>(next, partial)));
  return isStored<Use>() ? left : madd<T>(scale, v128.load(at, 2 * VECTOR), left);
}
