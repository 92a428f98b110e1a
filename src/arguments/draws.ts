import { describe } from "../describe.js";
import { newArray } from "../dtype.js";
import { type Key, keyOf, uniformAt } from "../math/counterRandom.js";
import { checkMemory } from "./arrays.js";
import type { Call } from "./call.js";
import { readCount } from "./filters.js";

/** Numbers in [0, 1) for draws. */
export type Uniform = (lane: number, draw: number) => number;

/** Which log-probabilities are wanted beside the tokens. */
export type LogProbability = "filtered" | "unfiltered";

export const DRAWS: readonly string[] = ["seed", "random", "logProbability"];

/** By `seed` or by `random`. Default: by a seed from the system's generator. */
export function readUniform(caller: string, seed: unknown, random: unknown): Uniform {
  if (random === undefined) {
    const key = seed === undefined ? anyKey(caller) : readSeed(caller, seed);
    return (lane, draw) => uniformAt(key, lane, draw);
  }
  if (seed !== undefined) {
    throw new TypeError(`${caller}: seed and random exclude each other, got both`);
  }
  if (typeof random !== "function") {
    throw new TypeError(`${caller}: random must be a function, got ${describe(random)}`);
  }
  return () => {
    const number: unknown = random();
    if (typeof number === "number" && number >= 0 && number < 1) return number;
    const message = `${caller}: random must return a number from 0 to below 1, got ${describe(number)}`;
    throw typeof number === "number" ? new RangeError(message) : new TypeError(message);
  };
}

/**
 * A number for each draw of each lane. Throws a TypeError where a function of the caller that gives them has changed an array whose
 * length has been read.
 */
export function readUniforms(
  { caller, x, mask, lanes }: Call,
  uniform: Uniform,
  draws: number,
): Float64Array {
  const uniforms = newArray(caller, DOUBLE, lanes * draws) as Float64Array;
  const { length } = x;
  const kept = mask?.length;
  for (let k = 0; k < uniforms.length; k++) uniforms[k] = uniform(Math.floor(k / draws), k % draws);
  checkMemory(caller, "logits", x);
  if (mask !== undefined) checkMemory(caller, "mask", mask);
  if (x.length !== length || mask?.length !== kept) {
    throw new TypeError(`${caller}: random must not change the length of logits or mask`);
  }
  return uniforms;
}

const DOUBLE = /* @__PURE__ */ new Float64Array(0);

function readSeed(caller: string, seed: unknown): Key {
  if (typeof seed === "bigint" || Number.isSafeInteger(seed)) return keyOf(seed as number | bigint);
  const message = `${caller}: seed must be a safe integer or a bigint, got ${describe(seed)}`;
  throw typeof seed === "number" ? new RangeError(message) : new TypeError(message);
}

function anyKey(caller: string): Key {
  const { crypto } = globalThis as {
    readonly crypto?: { getRandomValues?(words: Uint32Array): Uint32Array };
  };
  if (crypto?.getRandomValues === undefined) {
    throw new Error(`${caller}: there is no crypto.getRandomValues here: pass seed or random`);
  }
  const [low, high] = crypto.getRandomValues(new Uint32Array(2));
  return { low, high };
}

/** Undefined where `draws` is absent. */
export function readDraws(caller: string, draws: unknown): number | undefined {
  return draws === undefined ? undefined : readCount(caller, "draws", draws, 0);
}

export function readLogProbability(caller: string, which: unknown): LogProbability | undefined {
  if (which === undefined || which === "filtered" || which === "unfiltered") return which;
  const message = `${caller}: logProbability must be "filtered" or "unfiltered", got ${describe(which)}`;
  throw typeof which === "string" ? new RangeError(message) : new TypeError(message);
}
