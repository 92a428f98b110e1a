/**
 * The additive log-ratio: log(p / r), where r is the number of the lane. The logarithms are those of `ratio.ts`.
 *
 * 0 gives −∞. Where r is negative or NaN, so are the results.
 *
 * Bound: that of `elementwise.ts`
 */
import { LANE, TAIL } from "./frame";
import { ratioF32, ratioF64, takeReference } from "./ratio";
import { giveTail, strideOf, tailOf, takeTail, unwiden, VECTOR, wholeVectors } from "./vectors";

/** The reference of each lane is its number. */
export function takeGivenReference<T extends number>(group: usize): void {
  takeReference<T>(group, unwiden<T>(v128.load(group, LANE), v128.load(group, LANE + VECTOR)));
}

/** The group at `src` to `dst`, which may be `src`. */
export function alr<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  takeGivenReference<T>(group);
  divide<T>(frame, group, src, dst, length, step);
}

/** The results of a group, or of a piece of one, whose reference has been taken. */
export function divide<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  length: usize,
  step: usize,
): void {
  divideRun<T>(frame, group, src, dst, wholeVectors<T>(length, step), strideOf(step));
  if (tailOf<T>(length, step)) {
    takeTail<T>(frame + TAIL, src, length, 0);
    divideRun<T>(frame, group, frame + TAIL, frame + TAIL, 1, 0);
    giveTail<T>(frame + TAIL, dst, length);
  }
}

function divideRun<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  dst: usize,
  count: usize,
  step: usize,
): void {
  for (; count; --count) {
    const p = v128.load(src);
    v128.store(dst, sizeof<T>() === 4 ? ratioF32(frame, group, p) : ratioF64(frame, group, p));
    src += step;
    dst += step;
  }
}
