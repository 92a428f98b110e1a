/**
 * The logarithms of `clr.ts` as f64, and their sum. f32 computes them in two stages, and STAGE holds what the first one
 * leaves. f64 compensates the sum.
 */
import { lost } from "./exact";
import { CHUNK, STAGE, STAGE_TERMS, TAIL } from "./frame";
import { ratioF64, takeWide, WIDE, wideLogarithm } from "./ratio";
import { addTotal } from "./total";
import { sumStored, takeShortDoubles } from "./totalShort";
import { strideOf, VECTOR } from "./vectors";

/**
 * `sumLogs` for a short lane: element k goes to sum k mod 4, whether the lane is a row or lies beside others. All
 * logarithms are computed before they are summed. Those of the tail of a row follow the others at `logs`; f64 leaves
 * them in TAIL.
 */
export function sumShortLogs<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  logs: usize,
  logsStep: usize,
  count: usize,
  part: usize,
  step: usize,
): void {
  const tail = frame + TAIL;
  takeLogs<T>(frame, group, src, logs, logsStep, count, strideOf(step));
  const last = sizeof<T>() === 8 ? tail : logs + count * logsStep;
  if (part) takeLogs<T>(frame, group, tail, last, 0, 1, 0);
  if (sizeof<T>() === 4) sumStored(group, logs, part ? count + 1 : count, step);
  else takeShortDoubles(4, group, 0, logs, 0, tail, count, part, step);
}

/** The logarithms of `count` vectors to `logs`, as f64. */
function takeLogs<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  logs: usize,
  logsStep: usize,
  count: usize,
  step: usize,
): void {
  if (sizeof<T>() === 4) stageLogs(frame, group, src, count, step);
  for (let k: usize = 0; k < count; ++k) {
    if (sizeof<T>() === 4) {
      v128.store(logs, wideLogarithm(frame, frame + STAGE + k * WIDE, 0));
      v128.store(logs, wideLogarithm(frame, frame + STAGE + k * WIDE, 1), VECTOR);
    } else {
      v128.store(logs, ratioF64(frame, group, v128.load(src + k * step)));
    }
    logs += logsStep;
  }
}

/** Adds the logarithms to TOTAL, and stores them as f64 at `logs` if that is not 0. */
export function sumLogs<T extends number>(
  frame: usize,
  group: usize,
  src: usize,
  logs: usize,
  logsStep: usize,
  count: usize,
  step: usize,
): void {
  if (!logs) {
    logs = frame + CHUNK;
    logsStep = 0;
  }
  const stage = frame + STAGE;
  while (count) {
    const block = min(count, STAGE_TERMS);
    count -= block;
    let sum = f64x2.splat(0);
    let other = sum; // f32: the sum of the second halves; f64: what rounding has taken off `sum`
    if (sizeof<T>() === 4) stageLogs(frame, group, src, block, step);
    for (let k: usize = 0; k < block; ++k) {
      if (sizeof<T>() === 4) {
        const first = wideLogarithm(frame, stage + k * WIDE, 0);
        const second = wideLogarithm(frame, stage + k * WIDE, 1);
        v128.store(logs, first);
        v128.store(logs, second, VECTOR);
        sum = f64x2.add(sum, first);
        other = f64x2.add(other, second);
      } else {
        const logarithm = ratioF64(frame, group, v128.load(src + k * step));
        v128.store(logs, logarithm);
        const next = f64x2.add(sum, logarithm);
        other = f64x2.add(other, lost(sum, logarithm, next));
        sum = next;
      }
      logs += logsStep;
    }
    src += block * step;
    if (sizeof<T>() === 4) {
      addTotal(group, sum, f64x2.splat(0));
      addTotal(group + VECTOR, other, f64x2.splat(0));
    } else {
      addTotal(group, sum, other);
    }
  }
}

/** The first stage of the logarithms of at most STAGE_TERMS vectors of f32, to STAGE. */
export function stageLogs(frame: usize, group: usize, src: usize, count: usize, step: usize): void {
  let to = frame + STAGE;
  for (; count; --count) {
    takeWide(frame, group, v128.load(src), to);
    src += step;
    to += WIDE;
  }
}
