import { ELEMENTWISE } from "../../../assembly/abi.js";
import { type HalfFormat, narrowHalf, widenElements } from "../../math/halfFloats.js";
import { type ElementOperation, type LaneOperation, PACKED_TILE, type SyncBackend } from "../backend.js";

/**
 * `runPacked` of a backend, by its `run` and `map`. The memory is kept: new arrays and views made a call of ten numbers take 1.3 µs,
 * and one of 1,000 rows of them twice the time.
 */
export function packedRunner(
  run: SyncBackend["run"],
  map: SyncBackend["map"],
): NonNullable<SyncBackend["runPacked"]> {
  const numbers = new Float32Array(PACKED_TILE);
  const words = new Uint32Array(numbers.buffer);
  /** The first of the numbers: `map` takes all that it is given. */
  let first = numbers;

  return (operation, x, out, length, temperature) => {
    const count = x.bits.length;
    if (count > PACKED_TILE) return false;
    widenElements(x, numbers, words);
    const isHalf = out.BYTES_PER_ELEMENT === 2;
    if (operation.code & ELEMENTWISE) {
      if (first.length !== count) first = numbers.subarray(0, count);
      map(operation as ElementOperation, first, undefined, isHalf ? first : (out as Float32Array));
    } else {
      const layout = { outer: count / length, length, inner: 1 };
      run(operation as LaneOperation, numbers, isHalf ? numbers : (out as Float32Array), layout, temperature);
    }
    if (isHalf) narrowHalf(x.format as HalfFormat, numbers, out as Uint16Array, words);
    return true;
  };
}
