import { ELEMENTWISE, PER_LANE } from "../../../assembly/abi.js";
import { narrowHalf, widenHalf } from "../../math/halfFloats.js";
import type { PackedElements } from "../../types.js";
import type { ElementOperation, LaneOperation, SyncBackend } from "../backend.js";

/** So many elements are converted at a time. Longer rows are left to the callers. */
const MOST = 4096;

/**
 * `runPacked` of a backend, by its `run` and `map`: as many rows at a time as there is memory for. It is kept: new arrays and views
 * made a call of ten numbers take 1.3 µs, and one of 1,000 rows of them twice the time.
 */
export function packedRunner(
  run: SyncBackend["run"],
  map: SyncBackend["map"],
): NonNullable<SyncBackend["runPacked"]> {
  const numbers = new Float32Array(MOST);
  const words = new Uint32Array(numbers.buffer);
  /** The first of the numbers: `map` takes all that it is given. */
  let first = numbers;

  /** Computes elements that fit the memory. */
  function compute(
    operation: LaneOperation | ElementOperation,
    x: PackedElements,
    bits: PackedElements["bits"],
    out: Uint16Array | Float32Array,
    length: number,
    temperature: number,
  ): void {
    widen(x, bits, numbers, words);
    const count = bits.length;
    const isHalf = out.BYTES_PER_ELEMENT === 2;
    if (operation.code & ELEMENTWISE) {
      if (first.length !== count) first = numbers.subarray(0, count);
      map(operation as ElementOperation, first, undefined, isHalf ? first : (out as Float32Array));
    } else {
      const layout = { outer: count / length, length, inner: 1 };
      run(operation as LaneOperation, numbers, isHalf ? numbers : (out as Float32Array), layout, temperature);
    }
    if (isHalf) narrowHalf(x.format === "f16" ? "f16" : "bf16", numbers, out as Uint16Array, words);
  }

  return (operation, x, out, length, temperature) => {
    const { bits } = x;
    if (bits.length <= MOST) {
      compute(operation, x, bits, out, length, temperature);
      return true;
    }
    const { code } = operation;
    const row = code & ELEMENTWISE ? 1 : length;
    const rows = Math.floor(MOST / row);
    if (rows === 0) return false;
    const each = code & PER_LANE ? 1 : row;
    for (let k = 0; k * row < bits.length; k += rows) {
      const some = bits.subarray(k * row, (k + rows) * row);
      compute(operation, x, some, out.subarray(k * each, (k + rows) * each), length, temperature);
    }
    return true;
  };
}

function widen(
  x: PackedElements,
  bits: PackedElements["bits"],
  numbers: Float32Array,
  words: Uint32Array,
): void {
  if (x.format === "f16" || x.format === "bf16") {
    widenHalf(x.format, bits as Uint16Array, numbers, words);
    return;
  }
  const { zeroPoint } = x;
  const scale = Math.fround(x.scale);
  for (let k = 0; k < bits.length; k++) numbers[k] = scale * (bits[k] - zeroPoint);
}
