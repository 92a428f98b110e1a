import type { Biases } from "../arguments/bias.js";
import { fillLeftOut, toLanes, wholeMask } from "../backend/lanes.js";
import { newArray } from "../dtype.js";
import type { FloatArray, Layout } from "../types.js";

/** Memory for lanes that are not as they were given, which may be used again. */
export interface RowsMemory {
  copy?: FloatArray;
}

/** Lanes one after another: those given, where they lie so, or a copy. */
export function rowsOf(x: FloatArray, layout: Layout): FloatArray {
  return layout.inner === 1 && layout.offsets === undefined ? x : toLanes(x, layout);
}

/**
 * The same with -Infinity in the place of what the mask leaves out, and with the bias added, in double precision. A bias of
 * -Infinity leaves out too, whatever the logit is.
 */
export function preparedRows(
  caller: string,
  x: FloatArray,
  layout: Layout,
  mask: Uint8Array | undefined,
  bias: Biases | undefined,
  memory: RowsMemory,
): FloatArray {
  if (mask === undefined && bias === undefined) return rowsOf(x, layout);
  const copy = copyOf(caller, x, bias !== undefined, memory);
  if (mask !== undefined) fillLeftOut(copy, wholeMask(mask, layout, x.length), Number.NEGATIVE_INFINITY);
  const rows = rowsOf(copy, layout);
  if (bias !== undefined) addBias(rows, layout.length, bias);
  return rows;
}

function copyOf(caller: string, x: FloatArray, isDouble: boolean, memory: RowsMemory): FloatArray {
  const like = isDouble ? DOUBLE : x;
  let { copy } = memory;
  if (copy?.length !== x.length || copy.BYTES_PER_ELEMENT !== like.BYTES_PER_ELEMENT) {
    copy = newArray(caller, like, x.length);
    memory.copy = copy;
  }
  copy.set(x);
  return copy;
}

const DOUBLE = /* @__PURE__ */ new Float64Array(0);

function addBias(rows: FloatArray, length: number, { tokens, values }: Biases): void {
  for (let from = 0; from < rows.length; from += length) {
    for (let k = 0; k < tokens.length; k++) {
      const at = from + tokens[k];
      if (values[k] === Number.NEGATIVE_INFINITY) rows[at] = values[k];
      else rows[at] += values[k];
    }
  }
}
