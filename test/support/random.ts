import type { FloatArray } from "../../src/index.js";
import type { ElementType } from "./ulp.js";

/** Numbers uniform in [0, 1) with 53 bits, the same on every engine (mulberry32 by Tommy Ettinger, public domain). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  const word = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (bits ^ (bits >>> 14)) >>> 0;
  };
  return () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
}

export function floatArray(type: ElementType, length: number): FloatArray {
  return type === "f32" ? new Float32Array(length) : new Float64Array(length);
}

export function fill(type: ElementType, length: number, value: (index: number) => number): FloatArray {
  const array = floatArray(type, length);
  for (let i = 0; i < length; i++) array[i] = value(i);
  return array;
}

const kept = new Map<string, FloatArray>();
let room = 2 ** 22;

/** A copy of what was drawn before: tests take the same numbers for each backend and operation, and drawing takes longest. */
function drawn(key: string, draw: () => FloatArray): FloatArray {
  const known = kept.get(key);
  if (known) return known.slice();
  const array = draw();
  room -= array.length;
  if (room < 0) {
    kept.clear();
    room = 2 ** 22 - array.length;
  }
  kept.set(key, array);
  return array.slice();
}

export function uniform(
  type: ElementType,
  length: number,
  low: number,
  high: number,
  seed: number,
): FloatArray {
  return drawn(`uniform ${type} ${length} ${low} ${high} ${seed}`, () => {
    const next = random(seed);
    // Not low + (high - low)·u, which overflows for the widest ranges.
    return fill(type, length, () => {
      const u = next();
      return low * (1 - u) + high * u;
    });
  });
}

/** N(mean, deviation²) by Box and Muller. */
export function normal(
  type: ElementType,
  length: number,
  deviation: number,
  seed: number,
  mean = 0,
): FloatArray {
  return drawn(`normal ${type} ${length} ${deviation} ${seed} ${mean}`, () => {
    const next = random(seed);
    return fill(
      type,
      length,
      () => mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    );
  });
}
