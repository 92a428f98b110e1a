/**
 * Functions of single elements, through e = e^−|z|:
 *
 *   sigmoid:      1 / (1 + e) where x ≥ 0, e / (1 + e) below        z = x
 *   softplus:     max(x, 0) + log1p(e);  log-sigmoid(x) = min(x, 0) − log1p(e)
 *   log-add-exp:  max(a, b) + log1p(e)                              z = a − b
 *   logit:        ± log1p(|2x − 1| / min(x, 1 − x)), the log-ratio of x and 1 − x
 *
 * Bound: f32 relaxed 1.5 ulp, f32 simd 1.5 ulp, f64 relaxed 2.5 ulp, f64 simd 2.5 ulp
 */
import { OTHER } from "./abi";
import { mapBlockF32, prepareMapF32 } from "./elementwiseF32";
import { mapBlockF64, prepareMapF64 } from "./elementwiseF64";
import { GROUPS, TAIL, TAIL_OTHER } from "./frame";
import { isPrepared, prepare, setPrepared } from "./prepare";
import { clearSum } from "./sum";
import { loadPart, storePart, VECTOR, width } from "./vectors";

/** Vectors that are computed at once: their exponentials stay in the fastest cache. */
const BLOCK: usize = 128;

/** The `count` elements at `src`, with those at `other` if the function has two arguments. `dst` may be either. */
export function map<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
): void {
  // Where the frame is prepared its record is too, but with a sum that the call before has left.
  const kind = sizeof<T>() + 2;
  if (!isPrepared(frame, kind, 1)) {
    prepare<T>(frame, 1);
    if (sizeof<T>() === 4) prepareMapF32(frame);
    else prepareMapF64(frame);
    setPrepared(frame, kind, 1);
  } else if (sizeof<T>() === 8) {
    clearSum<T>(frame + GROUPS);
  }
  const part = count & (width<T>() - 1);
  for (let vectors = count / width<T>(); vectors; ) {
    const block = min(vectors, BLOCK);
    mapBlock<T>(frame, operation, src, other, dst, block);
    src += block * VECTOR;
    other += block * VECTOR;
    dst += block * VECTOR;
    vectors -= block;
  }
  if (part) {
    const tail = frame + TAIL;
    v128.store(tail, loadPart<T>(src, part, 0));
    if (operation & OTHER) v128.store(frame, loadPart<T>(other, part, 0), TAIL_OTHER);
    mapBlock<T>(frame, operation, tail, frame + TAIL_OTHER, tail, 1);
    storePart<T>(dst, v128.load(tail), part);
  }
}

function mapBlock<T extends number>(
  frame: usize,
  operation: i32,
  src: usize,
  other: usize,
  dst: usize,
  count: usize,
): void {
  if (sizeof<T>() === 4) mapBlockF32(frame, operation, src, other, dst, count);
  else mapBlockF64(frame, operation, src, other, dst, count);
}
