import ts from "typescript";
import { describe, expect, test } from "vitest";
import { all } from "../src/functions/all.js";
import type { Functions } from "../src/functions/instance.js";
import { createSoftmax, init, LogSumExp, sampler, softmaxStream } from "../src/index.js";
import { createPool } from "../src/threads/index.js";
import { INPUTS } from "./support/inputs.js";
import { WORKER } from "./support/worker.js";

type Call = (options: unknown) => unknown;

const FUNCTIONS = Object.keys(all) as (keyof Functions)[];

function isPlain(value: unknown): value is object {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** A call of a function with these options, and right arguments and shape otherwise; of packed arrays the class is right. */
function callOf(name: keyof Functions, Packed?: typeof Uint16Array | typeof Uint8Array): Call {
  const [x, ...others] = INPUTS[name]("f32")[0];
  const args = [Packed ? new Packed((x as Float32Array).length) : x, ...others];
  const count = all[name].length - 1;
  return (options) => {
    const merged = isPlain(options) ? { ...(args[count] as object), ...options } : options;
    return (all[name] as (...args: unknown[]) => unknown)(...args.slice(0, count), merged);
  };
}

/** All that takes options, and a right set of them where one must be given. */
const TAKERS: [string, Call, object?][] = [
  ...FUNCTIONS.map((name): [string, Call] => [name, callOf(name)]),
  ["createSoftmax", (options) => createSoftmax(options as never)],
  ["init", (options) => init(options as never)],
  ["LogSumExp", (options) => new LogSumExp(options as never)],
  ["sampler", (options) => sampler(options as never)],
  ["softmaxStream", (options) => softmaxStream(options as never), { length: 2 }],
  ["createPool", (options) => createPool(options as never), { threads: 1, worker: WORKER }],
];

/** What a call throws, or what its promise rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    await (result as { close?(): Promise<void> } | undefined)?.close?.();
  } catch (error) {
    return error;
  }
  return "none";
}

describe.each(TAKERS)("%s", (name, call, right = {}) => {
  test("an unknown option is a TypeError that names it", async () => {
    const error = await errorOf(() => call({ ...right, colour: 1 }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(new RegExp(`^${name}: there is no option colour: .*option`));
  });

  test("undefined counts as absent", async () => {
    expect(await errorOf(() => call({ ...right, colour: undefined }))).toBe("none");
  });

  test.each([
    ["an array", [2, 2], "an array of length 2"],
    ["no numbers", [], "an array of length 0"],
    ["an axis", 1, "1"],
    ["a typed array", new Float32Array(3), "a Float32Array of length 3"],
    ["a Map", new Map([["axis", 0]]), "a Map"],
    ["a promise", Promise.resolve({ axis: 0 }), "a Promise: await it"],
    ["null", null, "null"],
    ["a string", "axis", '"axis"'],
    ["a function", () => 0, "a function"],
  ])("%s in the place of options is a TypeError", async (_, options, got) => {
    const error = await errorOf(() => call(options));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(
      new RegExp(`^${name}: options must be an object( like .*)?, got ${got}$`),
    );
  });
});

/** The options that TypeScript lets pass, by the functions. */
function typedOptions(): Map<string, string[]> {
  const file = `${process.cwd()}/src/index.ts`;
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const entry = program.getSourceFile(file);
  const module = entry && checker.getSymbolAtLocation(entry);
  if (module === undefined) throw new Error("src/index.ts is no module");
  const found = new Map<string, string[]>();
  for (const symbol of checker.getExportsOfModule(module)) {
    if (!FUNCTIONS.includes(symbol.name as keyof Functions)) continue;
    const [signature] = checker.getTypeOfSymbol(symbol).getCallSignatures();
    const last = signature.parameters.at(-1);
    if (last === undefined) continue;
    const type = checker.getNonNullableType(checker.getTypeOfSymbol(last));
    found.set(
      symbol.name,
      type
        .getProperties()
        .map(({ name }) => name)
        .sort(),
    );
  }
  return found;
}

describe("the options that TypeScript lets pass are those that are taken", () => {
  const typed = typedOptions();
  const every = [...new Set([...typed.values()].flat())];

  test.each(FUNCTIONS)("%s", async (name) => {
    const taken: string[] = [];
    for (const option of every) {
      const errors = [undefined, Uint16Array, Uint8Array].map((Packed) =>
        errorOf(() => callOf(name, Packed)({ [option]: Symbol("wrong") })),
      );
      const texts = (await Promise.all(errors)).map(String);
      if (!texts.every((text) => text.includes(`there is no option ${option}`))) taken.push(option);
    }
    expect(taken.sort()).toEqual(typed.get(name));
  });
});

describe("the right name is suggested", () => {
  test.each([
    ["softmax", "dim", "axis"],
    ["softmax", "Axis", "axis"],
    ["softmax", "axes", "axis"],
    ["softmax", "axsi", "axis"],
    ["softmax", "temp", "temperature"],
    ["softmax", "temprature", "temperature"],
    ["softmax", "T", "temperature"],
    ["softmax", "where", "mask"],
    ["softmax", "output", "out"],
    ["softmax", "size", "shape"],
    ["logSumExp", "b", "weights"],
    ["logSumExp", "weight", "weights"],
    ["crossEntropy", "weights", "weight"],
    ["crossEntropy", "label_smoothing", "labelSmoothing"],
    ["crossEntropy", "ignore_index", "ignoreIndex"],
    ["crossEntropy", "alpha", "labelSmoothing"],
    ["calibration", "n_bins", "bins"],
    ["alr", "ref", "reference"],
    ["alr", "base", "reference"],
    ["alr", "denominator_idx", "reference"],
    ["alr", "tol", "tolerance"],
    ["createSoftmax", "device", "backend"],
    ["createPool", "workers", "threads"],
    ["softmaxStream", "dtype", "type"],
  ])("%s: %s → %s", async (name, wrong, right) => {
    const [, call] = TAKERS.find(([taker]) => taker === name) ?? [];
    const error = await errorOf(() => call?.({ length: undefined, [wrong]: 1 }));
    expect(String(error)).toContain(`${name}: there is no option ${wrong} (did you mean ${right}?)`);
  });

  test.each([
    ["softmax", "keepdims", "results have the dimensions that remain"],
    ["logSumExp", "keepDims", "results have the dimensions that remain"],
    ["entropy", "keepdim", "results have the dimensions that remain"],
    ["logSumExp", "return_sign", "logSumExpSigned gives the sign"],
    ["entropy", "base", "results are in nats"],
    ["softmax", "dtype", "it is for a Uint16Array of half floats"],
    ["softmax", "scale", "it is for an Int8Array or Uint8Array"],
    ["entropy", "zeroPoint", "it is for an Int8Array or Uint8Array"],
  ])("%s: of %s it says that %s", async (name, wrong, note) => {
    const [, call] = TAKERS.find(([taker]) => taker === name) ?? [];
    const error = await errorOf(() => call?.({ [wrong]: 1 }));
    expect(String(error)).toContain(`${name}: there is no option ${wrong} (${note}): options are`);
  });

  test.each(["topP", "constructor", "factor", "base64", "tap", "__proto__x", "0"])(
    "none for %s",
    async (wrong) => {
      const error = await errorOf(() => callOf("softmax")({ [wrong]: 1 }));
      expect(String(error)).toContain(`softmax: there is no option ${wrong}: options are`);
    },
  );
});

test.each([
  [[2, 2], "softmax: options must be an object like { shape: [2, 2] }, got an array of length 2"],
  [1, "softmax: options must be an object like { axis: 1 }, got 1"],
  [new Float32Array(2), "softmax: options must be an object like { out }, got a Float32Array of length 2"],
])("what stands in the place of options is put into some: %s", (options, message) => {
  expect(() => all.softmax([1, 2, 3, 4], options as never)).toThrow(new TypeError(message));
});

describe("options need not be plain", () => {
  test("they may be inherited, and are checked", () => {
    const defaults = { shape: [2, 2] };
    expect(all.softmax([0, 0], Object.create(null))).toEqual(Float64Array.of(0.5, 0.5));
    expect(all.softmax([1, 1, 3, 3], Object.create(defaults))).toEqual(Float64Array.of(0.5, 0.5, 0.5, 0.5));
    expect(() => all.softmax([1, 1], Object.create({ dim: 0 }))).toThrow("no option dim");
  });

  test("accessors of a class count", () => {
    class Options {
      get temperature() {
        return 2;
      }
    }
    expect(all.logSumExp([0, 0], new Options())).toBe(all.logSumExp([0, 0], { temperature: 2 }));
    expect(() => all.logSumExp([0, 0], Object.assign(new Options(), { dim: 0 }))).toThrow("no option dim");
  });
});
