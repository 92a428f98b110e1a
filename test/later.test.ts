import { describe, expect, test } from "vitest";
import type { Backend, SyncBackend } from "../src/backend/backend.js";
import { select } from "../src/backend/select.js";
import { asyncFunctionsOn, type Functions, functionsOn } from "../src/functions/instance.js";
import { backends } from "./support/backends.js";
import { INPUTS } from "./support/inputs.js";
import { fill } from "./support/random.js";
import { expectSame } from "./support/same.js";

type Untyped = Record<string, (...args: unknown[]) => unknown>;
type UntypedLater = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Begins nothing before the caller is done, and then takes the last task first. */
function delayed(backend: SyncBackend): Backend & { count: number } {
  const waiting: (() => void)[] = [];
  const later = (work: () => void) =>
    new Promise<void>((resolve) => {
      waiting.push(() => {
        work();
        resolve();
      });
      delaying.count++;
      setTimeout(() => waiting.pop()?.());
    });
  const delaying = {
    name: backend.name,
    count: 0,
    run: (...args: Parameters<Backend["run"]>) => later(() => backend.run(...args)),
    map: (...args: Parameters<Backend["map"]>) => later(() => backend.map(...args)),
    top: (...args: Parameters<Backend["top"]>) => later(() => backend.top(...args)),
    allocate: backend.allocate,
  };
  return delaying;
}

/** Fails after this number of steps. */
function failing(backend: SyncBackend, steps: number): Backend {
  let count = 0;
  const later = async (work: () => void) => {
    if (count++ >= steps) throw new Error(`step ${steps} failed`);
    work();
  };
  return {
    name: backend.name,
    allocate: backend.allocate,
    run: (...args) => later(() => backend.run(...args)),
    map: (...args) => later(() => backend.map(...args)),
    top: (...args) => later(() => backend.top(...args)),
  };
}

function untyped(functions: Functions): Untyped {
  return functions as unknown as Untyped;
}

function untypedLater(backend: Backend): UntypedLater {
  return asyncFunctionsOn(() => backend) as unknown as UntypedLater;
}

/** Numbers, arrays, or a pair of them, bit for bit. */
function expectAlike(actual: unknown, expected: unknown): void {
  if (ArrayBuffer.isView(expected)) expectSame(actual as Float64Array, expected as Float64Array);
  else if (typeof expected === "number") expect(actual).toBe(expected);
  else {
    const pair = expected as Record<string, unknown>;
    expect(Object.keys(actual as object)).toEqual(Object.keys(pair));
    for (const key in pair) expectAlike((actual as Record<string, unknown>)[key], pair[key]);
  }
}

/** Overwrites what a caller may: lists, and each option. */
function spoil(args: unknown[]): void {
  for (const arg of args) {
    if (Array.isArray(arg)) arg.fill(Number.NaN);
    else if (typeof arg === "object" && arg !== null && !ArrayBuffer.isView(arg)) {
      for (const option of Object.values(arg)) if (Array.isArray(option)) option.fill(Number.NaN);
      for (const name of Object.keys(arg)) (arg as Record<string, unknown>)[name] = null;
    }
  }
}

/** A call of one of the functions. */
interface Call {
  readonly operation: keyof Functions;
  /** New ones each time, as a call may overwrite them. */
  readonly args: () => unknown[];
}

const NAMES = Object.keys(INPUTS) as (keyof Functions)[];
/** The functions that compute without a backend, so that no call of them is pending. */
const IMMEDIATE = NAMES.filter((name) => /(Jacobian|Hessian)$|^penalize$/.test(name));
const OPERATIONS = NAMES.filter((name) => !IMMEDIATE.includes(name));

function callsOf(operation: keyof Functions): Call[] {
  return (["f32", "f64"] as const).flatMap((type) =>
    INPUTS[operation](type).map((args): Call => ({ operation, args: () => structuredClone(args) })),
  );
}
const CALLS = OPERATIONS.flatMap(callsOf);

describe.each(backends)("%s, later", (name) => {
  const backend = select({ backend: name });
  const now = untyped(functionsOn(() => backend));
  const results = (calls: readonly Call[]) => calls.map(({ operation, args }) => now[operation](...args()));

  test.each(OPERATIONS)("%s", async (operation) => {
    const calls = CALLS.filter((call) => call.operation === operation);
    const expected = results(calls);
    const slow = delayed(backend);
    const later = untypedLater(slow);
    for (const [k, { args }] of calls.entries()) {
      const given = args();
      const promise = later[operation](...given);
      expect(promise).toBeInstanceOf(Promise);
      spoil(given);
      expectAlike(await promise, expected[k]);
    }
    expect(slow.count).toBeGreaterThan(calls.length / 2);
  });

  test.each(IMMEDIATE)("%s computes without a backend", async (operation) => {
    const calls = callsOf(operation);
    const expected = results(calls);
    const slow = delayed(backend);
    const later = untypedLater(slow);
    for (const [k, { args }] of calls.entries()) {
      const given = args();
      const promise = later[operation](...given);
      expect(promise).toBeInstanceOf(Promise);
      expectAlike(await promise, expected[k]);
    }
    expect(slow.count).toBe(0);
  });

  test("calls at the same time do not disturb each other", async () => {
    const expected = results(CALLS);
    const later = untypedLater(delayed(backend));
    const actual = await Promise.all(CALLS.map(({ operation, args }) => later[operation](...args())));
    for (const [k, result] of actual.entries()) expectAlike(result, expected[k]);
  });

  test("out is filled and returned", async () => {
    const { softmax, logSumExpSigned } = asyncFunctionsOn(() => delayed(backend));
    const out = new Float64Array(100);
    expect(await softmax(new Float64Array(100), { out })).toBe(out);
    const both = { value: new Float64Array(1), sign: new Float64Array(1) };
    expect(await logSumExpSigned(new Float64Array(100), { out: both })).toBe(both);
    expect([out[99], both.sign[0]]).toEqual([0.01, 1]);
  });

  test("weights take one step, also where terms overflow or cancel", async () => {
    const slow = delayed(backend);
    const weights = fill("f64", 200, (k) => (k < 100 ? 1.7e308 : k % 2 === 0 ? 1 : -1));
    const x = fill("f64", 200, (k) => k * 1e-10);
    await asyncFunctionsOn(() => slow).logSumExp(x, { shape: [4, 50], weights });
    expect(slow.count).toBe(1);
  });

  test("numbers", async () => {
    const later = asyncFunctionsOn(() => delayed(backend));
    const sum: Promise<number> = later.logAddExp(0, 0);
    expect(await sum).toBe(Math.LN2);
    expect(await Promise.all([later.sigmoid(0), later.logDiffExp(1, 1)])).toEqual([
      0.5,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  test("masks and dy", async () => {
    const later = asyncFunctionsOn(() => delayed(backend));
    const now = functionsOn(() => backend);
    const x = fill("f64", 200, (k) => (k % 3 === 0 ? Number.NaN : k % 7));
    const options = { shape: [4, 50], mask: Uint8Array.from({ length: 200 }, (_, k) => k % 3) };
    const dy = [1, 2, 3, 4];
    const labels = [1, 2, 4, 5];
    const apart = { ...options, reduction: "none", dy } as const;
    expectSame(await later.softmaxVjp(x, x, options), now.softmaxVjp(x, x, options));
    expectSame(await later.logSoftmaxVjp(x, x, options), now.logSoftmaxVjp(x, x, options));
    expectSame(await later.logSumExpVjp(x, dy, options), now.logSumExpVjp(x, dy, options));
    expectSame(await later.crossEntropyGrad(x, labels, apart), now.crossEntropyGrad(x, labels, apart));
    expect(await later.crossEntropy(x, labels, options)).toBe(now.crossEntropy(x, labels, options));
    const nothing = new Float64Array(200).fill(Number.NEGATIVE_INFINITY);
    const zeros = new Float64Array(200);
    expectSame(await later.logSumExpVjp(nothing, dy, { shape: [4, 50], out: nothing }), zeros);
  });
});

describe("errors become rejections", () => {
  const backend = select({ backend: "js" });
  const now = untyped(functionsOn(() => backend));
  const later = untypedLater(delayed(backend));
  const x = new Float32Array(6);

  test.each<[keyof Functions, ...unknown[]]>([
    ["softmax", "x"],
    ["softmax", x, { shape: [4] }],
    ["softmax", x, { normalizer: [1, 2] }],
    ["logSoftmax", x, { out: new Float64Array(6) }],
    ["logSumExp", x, { axis: [] }],
    ["logSumExpSigned", x, { out: 1 }],
    ["topK", x, -1],
    ["topK", x, 1, { out: x }],
    ["argmax", x, { out: x }],
    ["penalize", x, [6]],
    ["logAddExp", x, [1]],
    ["softmaxVjp", x, 1],
    ["logSoftmaxVjp", x, x, { temperature: 0 }],
    ["logSumExpVjp", x, [1, 2]],
    ["crossEntropy", x, [6]],
    ["crossEntropy", x, [1], { out: x }],
    ["crossEntropyGrad", x, [1], { reduction: "max" }],
    ["alr", x],
    ["alrInverse", x, { reference: 7 }],
    ["clr", x],
    ["clrInverse", x, { axis: 1 }],
    ["sigmoid", null],
    ["logSigmoid", x, { out: x.subarray(1) }],
    ["softplus", "1"],
    ["logDiffExp", 1, [1]],
    ["logit", x, null],
  ])("%s", async (operation, ...args) => {
    let thrown: unknown;
    try {
      now[operation](...args);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Error);
    await expect(later[operation](...args)).rejects.toStrictEqual(thrown);
  });

  test.each(OPERATIONS)("%s, of the backend's too", async (operation) => {
    const call = CALLS.find((call) => call.operation === operation) as Call;
    const promise = untypedLater(failing(backend, 0))[operation](...call.args());
    await expect(promise).rejects.toThrow("step 0 failed");
  });
});

test("types", async () => {
  const { softmax, logSumExp, logSumExpSigned, crossEntropy } = asyncFunctionsOn(() =>
    select({ backend: "js" }),
  );
  const single: Promise<Float32Array> = softmax(new Float32Array(2));
  const double: Promise<Float64Array> = softmax([1, 2], { out: new Float64Array(2) });
  const generic = <X extends Float32Array | Float64Array>(x: X, out: X): Promise<X> => softmax(x, { out });
  const total: Promise<number> = logSumExp([1, 2]);
  const sign: number = (await logSumExpSigned([1, 2])).sign;
  const loss: Promise<number> = crossEntropy([1, 2], [1]);
  // @ts-expect-error: not the array but a promise of it
  const early: Float32Array = softmax(new Float32Array(2));
  expect(early).toBeInstanceOf(Promise);
  expect(
    await Promise.all([single, double, total, loss, generic(new Float32Array(1), new Float32Array(1))]),
  ).toHaveLength(5);
  expect(sign).toBe(1);
});
