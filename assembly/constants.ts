/** Which constants an operation takes. */
import { ALR, CLR, ENTROPY, LOG_SOFTMAX_VJP, SOFTMAX_VJP } from "./abi";
import { prepareEntropy } from "./entropy";
import { isPrepared, prepare, prepareLog, setPrepared } from "./prepare";
import { prepareRatio } from "./ratio";
import { prepareVjp } from "./vjp";

/** Puts the constants in the frame, unless a call has left them there. Elements have `size` bytes. */
export function prepareFor(size: usize, frame: usize, operation: i32, temperature: f64): void {
  if (operation === SOFTMAX_VJP || operation === LOG_SOFTMAX_VJP) {
    // Its records hold constants too, which other operations overwrite.
    if (size === 4) prepareVjp<f32>(frame, operation, temperature);
    else prepareVjp<f64>(frame, operation, temperature);
    return;
  }
  const isRatio = operation === ALR || operation === CLR;
  const kind = <i32>size + (operation === ENTROPY ? 1 : isRatio ? 3 : 0);
  if (isPrepared(frame, kind, temperature)) return;
  if (operation === ENTROPY) prepareEntropy(size, frame, temperature);
  else if (size === 4) prepare<f32>(frame, temperature);
  else prepare<f64>(frame, temperature);
  if (size === 4) {
    if (isRatio) prepareRatio<f32>(frame);
    else prepareLog<f32>(frame);
  } else if (isRatio) prepareRatio<f64>(frame);
  else prepareLog<f64>(frame);
  setPrepared(frame, kind, temperature);
}
