import { settled } from "../arguments/arrays.js";
import { checkOptions, FREQUENCY, OUT, PRESENCE, REPETITION, WINDOW } from "../arguments/optionNames.js";
import { outFor } from "../arguments/out.js";
import { readOverwritten, readPenalty, readTokens, readWindow, type Tokens } from "../arguments/tokens.js";
import type { FloatArray } from "../types.js";
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
 * precision and rounded once. -Infinity stays -Infinity, and NaN stays NaN.
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

function penalized(logits: unknown, tokens: unknown, options: unknown): FloatArray {
  const caller = "penalize";
  if (options !== undefined) checkOptions(caller, options, TAKEN);
  const {
    out,
    repetition = 1,
    frequency = 0,
    presence = 0,
    window = Number.POSITIVE_INFINITY,
  } = (options ?? {}) as { readonly [name: string]: unknown };
  const factor = readPenalty(caller, "repetition", repetition, 1e-30, 1e30);
  const perTime = readPenalty(caller, "frequency", frequency, -1e30, 1e30);
  const once = readPenalty(caller, "presence", presence, -1e30, 1e30);
  const count = readWindow(caller, window);
  const given = settled(tokens);
  const source = readOverwritten(caller, logits, "logits");
  const last = readTokens(caller, given, source.length, count);
  const result = out === undefined ? source : outFor(caller, out, source, source.length, "logits");
  if (result !== source) result.set(source);
  // In ascending order, those of a token are one after another.
  last.sort();
  for (let k = 0; k < last.length; ) {
    const token = last[k];
    let times = 0;
    for (; k < last.length && last[k] === token; k++) times++;
    const x = source[token];
    result[token] = (x < 0 ? x * factor : x / factor) - (times * perTime + once);
  }
  return result;
}
