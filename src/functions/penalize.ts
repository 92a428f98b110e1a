import { arrayType, settled } from "../arguments/arrays.js";
import { checkOptions, FREQUENCY, OUT, PRESENCE, REPETITION, WINDOW } from "../arguments/optionNames.js";
import { outFor } from "../arguments/out.js";
import { type Packed, readPacked } from "../arguments/packed.js";
import { bitsOf, isQuantized, packedName } from "../arguments/packedTypes.js";
import { readOverwritten, readPenalty, readTokens, readWindow, type Tokens } from "../arguments/tokens.js";
import { narrowHalf, widenHalf } from "../math/halfFloats.js";
import type { FloatArray } from "../types.js";
import { checkPackedResults, widened } from "./packed.js";
import type { OverwritingFunction } from "./signatures.js";

export type { Tokens } from "../arguments/tokens.js";

export interface PenalizeOptions {
  /** Divides the logits above 0 of tokens that have occurred, and multiplies the others: from 1e-30 to 1e30. Default: 1. */
  repetition?: number | undefined;
  /** Is taken off for each time that a token has occurred. Default: 0. */
  frequency?: number | undefined;
  /** Is taken off once for a token that has occurred. Default: 0. */
  presence?: number | undefined;
  /** How many of the last tokens count. Default: all. */
  window?: number | undefined;
}

/**
 * Penalizes tokens that have occurred, in one lane of logits: with its count c > 0, a token's logit x becomes
 *
 *   (x < 0 ? x · repetition : x / repetition) - c · frequency - presence.
 *
 * The repetition penalty (Keskar et al., "CTRL", 2019, with the sign as Hugging Face transformers has it) counts once for a
 * token, however often it has occurred. The other two are those of OpenAI's API.
 *
 * Works in place: returns `logits` itself, or `out`, which is as long and of the same type. Each result is computed in double
 * precision and rounded once. -Infinity stays -Infinity, and NaN stays NaN. Half floats get the result of f32, rounded; their `out`
 * may be a Float32Array, and that of integers with a `scale`, which cannot hold the results, has to be one.
 *
 * `tokens` are indices into the logits, the last one the newest.
 *
 * @example
 * penalize(Float64Array.of(2, -1, 3), [0, 1, 0], { repetition: 2, frequency: 0.5 }); // [0, -2.5, 3]
 *
 * @throws TypeError for an argument of the wrong type, a list in the place of the logits among them, or a detached one.
 * @throws RangeError for a token that is no index of a logit, an option out of range, or an `out` of the wrong length or
 * overlapping `logits` in part.
 */
export const penalize = ((logits: unknown, tokens: unknown, options: unknown) =>
  penalized(logits, tokens, options)) as OverwritingFunction<Tokens, PenalizeOptions>;

const TAKEN = OUT | REPETITION | FREQUENCY | PRESENCE | WINDOW;

/** A token's logit after it has occurred so many times. */
type Penalty = (x: number, times: number) => number;

function penalized(logits: unknown, tokens: unknown, options: unknown): unknown {
  const caller = "penalize";
  if (options !== undefined) checkOptions(caller, options, TAKEN, logits);
  const given = (options ?? {}) as { readonly [name: string]: unknown };
  const { out, repetition = 1, frequency = 0, presence = 0, window = Number.POSITIVE_INFINITY } = given;
  const factor = readPenalty(caller, "repetition", repetition, 1e-30, 1e30);
  const perTime = readPenalty(caller, "frequency", frequency, -1e30, 1e30);
  const once = readPenalty(caller, "presence", presence, -1e30, 1e30);
  const count = readWindow(caller, window);
  const penalty: Penalty = (x, times) => (x < 0 ? x * factor : x / factor) - (times * perTime + once);
  const list = settled(tokens);
  if (packedName(logits) === "Float16Array" || given.dtype !== undefined || isQuantized(given)) {
    const packed = readPacked(caller, logits, given, "logits");
    const last = readTokens(caller, list, packed.bits.length, count);
    return penalizePacked(caller, packed, last, out, penalty);
  }
  const source = readOverwritten(caller, logits, "logits");
  const last = readTokens(caller, list, source.length, count);
  const result = out === undefined ? source : outFor(caller, out, source, source.length, "logits");
  if (result !== source) result.set(source);
  penalizeFloats(result, last, penalty);
  return result;
}

function penalizeFloats(logits: FloatArray, tokens: Float64Array, penalty: Penalty): void {
  eachToken(tokens, (token, times) => {
    logits[token] = penalty(logits[token], times);
  });
}

/** Only the half floats of the tokens are converted: the others keep their bits, also where they are NaN. */
function penalizePacked(
  caller: string,
  packed: Packed,
  tokens: Float64Array,
  out: unknown,
  penalty: Penalty,
): unknown {
  const { array, bits, format } = packed;
  const target = out ?? (format && array);
  const reason = format === undefined ? "integers cannot hold the results" : "as logits are";
  checkPackedResults(caller, target, packed, bits.length, "logits", reason);
  if (arrayType(target) !== undefined) {
    penalizeFloats(widened(caller, packed, {}, "logits", target as Float32Array), tokens, penalty);
    return target;
  }
  if (format === undefined || bits.length === 0) return target;
  const result = bitsOf(target as Uint16Array);
  result.set(bits);
  const half = new Uint16Array(1);
  const number = new Float32Array(1);
  eachToken(tokens, (token, times) => {
    half[0] = bits[token];
    widenHalf(format, half, number);
    number[0] = penalty(number[0], times);
    narrowHalf(format, number, half);
    result[token] = half[0];
  });
  return target;
}

/** Calls once for each of the tokens, with how often it is there. */
function eachToken(tokens: Float64Array, call: (token: number, times: number) => void): void {
  // Where in `tokens` one is first, from 1 on: at its hash (Knuth, TAOCP 6.4) or in the next place that is free. A sort
  // of 1,000 took 26 µs where this takes 11. Counts for the whole vocabulary take 7, but memory that has to be kept.
  const bits = 33 - Math.clz32(tokens.length);
  const last = 2 ** bits - 1;
  const firsts = new Int32Array(last + 1);
  const counts = new Int32Array(tokens.length);
  for (let k = 0; k < tokens.length; k++) {
    const token = tokens[k];
    let place = Math.imul(token, 0x9e3779b1) >>> (32 - bits);
    while (firsts[place] !== 0 && tokens[firsts[place] - 1] !== token) place = (place + 1) & last;
    if (firsts[place] === 0) firsts[place] = k + 1;
    counts[firsts[place] - 1]++;
  }
  for (let k = 0; k < tokens.length; k++) if (counts[k] !== 0) call(tokens[k], counts[k]);
}
