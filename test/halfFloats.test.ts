import { describe, expect, test } from "vitest";
import type { Functions } from "../src/functions/instance.js";
import { describeBackends } from "./support/backends.js";
import { type HalfFormat, nearestHalves, numbersOf, roundedTo } from "./support/halfFloats.js";
import { HalfPolyfill, type Halves, NativeHalf } from "./support/halfKinds.js";
import { INPUTS } from "./support/inputs.js";
import { once } from "./support/once.js";

type Call = (...args: unknown[]) => unknown;

/** A kind of arrays of half floats. */
interface Kind {
  readonly title: string;
  readonly format: HalfFormat;
  /** What the options say of them. */
  readonly options: object;
  from(bits: Uint16Array): Halves;
  readonly isKind: (value: unknown) => boolean;
}

const ofClass = (title: string, ArrayType: new (length: number) => Halves): Kind => ({
  title,
  format: "f16",
  options: {},
  from(bits) {
    const halves = new ArrayType(bits.length);
    bitsOf(halves).set(bits);
    return halves;
  },
  isKind: (value) => value instanceof ArrayType,
});

const ofBits = (dtype: "float16" | "bfloat16"): Kind => ({
  title: `Uint16Array, ${dtype}`,
  format: dtype === "float16" ? "f16" : "bf16",
  options: { dtype },
  from: (bits) => bits.slice(),
  isKind: (value) => value instanceof Uint16Array,
});

const kinds: Kind[] = [
  ofBits("float16"),
  ofBits("bfloat16"),
  ofClass("a polyfill's Float16Array", HalfPolyfill),
  ...(NativeHalf ? [ofClass("Float16Array", NativeHalf)] : []),
];

function bitsOf({ buffer, byteOffset, length }: Halves): Uint16Array {
  return new Uint16Array(buffer, byteOffset, length);
}

const names = Object.keys(INPUTS) as (keyof Functions)[];
/** Numbers of these are no elements. */
const UNROUNDED: readonly string[] = [
  "crossEntropy",
  "argmax",
  "fitTemperature",
  "calibration",
  "candidates",
  "sample",
];
const LOSSES: readonly string[] = ["crossEntropy", "crossEntropyGrad"];

/** Two calls of the same numbers: on half floats, and on f32. */
interface Pair {
  readonly halves: unknown[];
  readonly floats: unknown[];
}

const inputs = once<ReturnType<(typeof INPUTS)[keyof Functions]>>();
const known = { f16: new Map<Float32Array, Uint16Array>(), bf16: new Map<Float32Array, Uint16Array>() };

/** Once for all backends and kinds. */
function rounded(format: HalfFormat, x: Float32Array): Uint16Array {
  const bits = known[format].get(x) ?? nearestHalves(format, x);
  known[format].set(x, bits);
  return bits;
}

/** The calls of a function's row of inputs whose x is of f32, with its arrays of f32 rounded to half floats. */
function pairsOf(name: keyof Functions, kind: Kind): Pair[] {
  const { format } = kind;
  const isLoss = LOSSES.includes(name);
  return inputs(name, () => INPUTS[name]("f32"))
    .filter(([x]) => x instanceof Float32Array)
    .map((args) => {
      const made = new Map<unknown, [half: unknown, floats: unknown]>();
      const pair = (value: unknown, k: unknown): [unknown, unknown] => {
        if (!(value instanceof Float32Array)) return [value, value];
        const bits = rounded(format, value);
        const floats = numbersOf(format, bits);
        // Beside labels a Uint16Array holds labels.
        const isTarget = isLoss && k === 1 && "dtype" in kind.options;
        if (!made.has(value)) made.set(value, [isTarget ? floats : kind.from(bits), floats]);
        return made.get(value) as [unknown, unknown];
      };
      const fields = (value: unknown, side: 0 | 1): unknown => {
        if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Map)
          return value;
        if (ArrayBuffer.isView(value)) return pair(value, undefined)[side];
        return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fields(field, side)]));
      };
      const last = args.length - 1;
      const options =
        last > 0 && !ArrayBuffer.isView(args[last]) && !Array.isArray(args[last]) ? args[last] : {};
      const operands = options === args[last] && typeof options === "object" ? args.slice(0, -1) : args;
      const simplex = name.startsWith("alr") || name.startsWith("clr") ? { validate: false } : {};
      return {
        halves: [
          ...operands.map((value, k) => pair(value, k)[0]),
          { ...(fields(options, 0) as object), ...kind.options },
        ],
        floats: [
          ...operands.map((value, k) => pair(value, k)[1]),
          { ...(fields(options, 1) as object), ...simplex },
        ],
      };
    });
}

/** Compares results with those on f32, rounded by the reference. */
function expectRounded(actual: unknown, floats: unknown, kind: Kind, rounds: boolean): void {
  if (typeof floats === "number") {
    expect(actual).toBe(rounds ? roundedTo(kind.format, floats) : floats);
  } else if (floats instanceof Float32Array) {
    expect(kind.isKind(actual)).toBe(true);
    const [got, wanted] = [bitsOf(actual as Halves), nearestHalves(kind.format, floats)];
    expect(got.length).toBe(wanted.length);
    expect(got.findIndex((bits, k) => bits !== wanted[k])).toBe(-1);
  } else if (Object.prototype.toString.call(floats) === "[object Object]") {
    for (const [key, part] of Object.entries(floats as object)) {
      expectRounded((actual as Record<string, unknown>)[key], part, kind, rounds);
    }
  } else {
    // Indices, or bins.
    expect(actual).toEqual(floats);
  }
}

describeBackends((library) => {
  const functions = library as unknown as Record<string, Call>;

  describe.each(kinds)("$title", (kind) => {
    test.each(names)("%s gives the results on f32, rounded once", (name) => {
      const pairs = pairsOf(name, kind);
      expect(pairs.length).toBeGreaterThan(0);
      for (const { halves, floats } of pairs) {
        const wanted = functions[name](...floats);
        const { out } = halves.at(-1) as { out?: unknown };
        const actual = functions[name](...halves);
        if (out !== undefined) expect(actual).toBe(out);
        expectRounded(actual, wanted, kind, !UNROUNDED.includes(name));
      }
    });
  });
});
