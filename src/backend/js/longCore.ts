import { LOG_SOFTMAX, LOG_SUM_EXP, SOFTMAX } from "../../../assembly/abi.js";
import { log1p } from "../../math/log1p.js";
import { reductionAt } from "../../math/reduction.js";
import { ONE } from "../../math/tables.js";
import { eachLongLane, LOST, type LongLane } from "./longLane.js";
import type { Lanes, Loops } from "./loops.js";
import { quotient } from "./scratch.js";

/** softmax, logSoftmax, logSumExp or its parts of long lanes, of what the mask keeps if there is one. */
export function runLongCore(loops: Loops, code: number, lanes: Lanes, mask: Uint8Array | undefined): void {
  const reduction = reductionAt(lanes.temperature);
  eachLongLane(loops, lanes, mask, reduction, (lane, start, number) => {
    lane.exponentiate();
    if (code === SOFTMAX) softmax(lane, lanes, start);
    else logarithmic(code, lane, lanes, start, number);
  });
}

function softmax(lane: LongLane, { out, layout, scratch }: Lanes, start: number): void {
  const { values, increases, total } = scratch;
  const { inner } = layout;
  const { high, low } = quotient(1, 0, total);
  const scale = high + low;
  lane.each((from, count) => {
    for (let k = 0, at = start + from * inner; k < count; k++, at += inner) {
      const value = values[k];
      out[at] = value * high + (value * low + increases[k] * scale);
    }
    lane.leaveOut(out, from, count, 0);
  });
}

function logarithmic(
  code: number,
  lane: LongLane,
  { x, out, layout, temperature, scratch }: Lanes,
  start: number,
  number: number,
): void {
  const { length, inner } = layout;
  const { max } = lane;
  let others = Number.NaN;
  let logarithm = code === LOG_SOFTMAX || lane.hasNaN ? Number.NaN : 0;
  if (Number.isFinite(max)) {
    others = lane.sumWithout(lane.top, LOST) / ONE;
    logarithm = log1p(others);
  }
  if (code === LOG_SUM_EXP) {
    out[number] = max / temperature + logarithm;
  } else if (code === LOG_SOFTMAX) {
    const isSingle = x.BYTES_PER_ELEMENT === 4;
    // What rounds to 0 in f32 must not become -0.
    const less = isSingle && logarithm <= 2 ** -150 ? 0 : logarithm;
    // Halved, so that x - max does not overflow before it is divided.
    const unit = temperature === 1 ? 1 : 0.5;
    for (let k = 0, at = start; k < length; k++, at += inner) {
      out[at] = (x[at] * unit - max * unit) / (temperature * unit) - less;
    }
    lane.leaveOut(out, 0, length, Number.NEGATIVE_INFINITY);
  } else {
    const at = 4 * number;
    out[at] = max;
    out[at + 1] = others;
    out[at + 2] = logarithm;
    out[at + 3] = Number.isFinite(max) ? scratch.total[2] / ONE : Number.NaN;
  }
}
