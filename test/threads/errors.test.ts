import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Functions } from "../../src/functions/instance.js";
import { createSoftmax, softmaxStream } from "../../src/index.js";
import { LIMITS } from "../../src/threads/caller/limits.js";
import { createPool, type Pool } from "../../src/threads/index.js";
import { expectError } from "../support/errors.js";
import { pool, recordJobs, scaled } from "../support/pool.js";
import { expectSame } from "../support/same.js";
import { WORKER } from "../support/worker.js";

type AnyFunctions = { readonly [name in keyof Functions]: (...args: unknown[]) => unknown };

const library = createSoftmax({ backend: "simd" });
const x = new Float32Array(scaled(2 ** 18));
const shape = [x.length / 2 ** 10, 2 ** 10];

describe("a pool", () => {
  let shared: Pool;
  beforeAll(async () => {
    shared = await pool({ backend: "simd", threads: 2 });
  });
  afterAll(() => shared.close());

  const detached = new Float32Array(4);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });

  test.each<[keyof Functions, ...unknown[]]>([
    ["softmax"],
    ["softmax", "1, 2"],
    ["softmax", x, 5],
    ["softmax", x, { shape: [3, 5] }],
    ["softmax", x, { shape, axis: 2 }],
    ["softmax", x, { shape, temperature: 0 }],
    ["softmax", x, { out: new Float64Array(x.length) }],
    ["softmax", x, { out: new Float32Array(3) }],
    ["softmax", x, { out: new Float32Array(x.buffer, 0, 3) }],
    ["softmax", x.subarray(1), { out: x.subarray(0, x.length - 1) }],
    ["softmax", x, { mask: new Uint8Array(3) }],
    ["softmax", detached],
    ["logSoftmax", x, { shape, normalizer: [1] }],
    ["logSumExp", x, { weights: [1, 2] }],
    ["logSumExp", [1, "2"]],
    ["logSumExpSigned", x, { out: x }],
    ["logAddExp", x, new Float64Array(x.length)],
    ["softmaxVjp", x, [1]],
    ["logSoftmaxVjp", x, x, { axis: 0.5 }],
    ["logSumExpVjp", x, [1], { shape }],
    ["crossEntropy", x, new Int32Array(3), { shape }],
    ["crossEntropy", x, new Int32Array(x.length / 2 ** 10).fill(2 ** 10), { shape }],
    ["crossEntropyGrad", x, [1, 2, 3], { shape }],
    ["crossEntropyGrad", x, x.slice(), { labelSmoothing: 2 }],
    ["fitTemperature", x, new Int32Array(3), { shape }],
    ["calibration", x, x, { shape }],
    ["alr", x],
    ["alr", [0.5, 0.5], { reference: 2 }],
    ["alrInverse", x, { scale: 0 }],
    ["clr", x, { shape }],
    ["clrInverse", x, { axis: [0, 0] }],
    ["sigmoid", null],
    ["logSigmoid", x, { out: x.subarray(1) }],
    ["softplus", x, { out: [] }],
    ["logit", new Uint8Array(3)],
  ])("%s rejects with what the function throws without a pool, %#", async (name, ...args) => {
    const alone = library as unknown as AnyFunctions;
    let expected: unknown;
    try {
      alone[name](...args);
    } catch (error) {
      expected = error;
    }
    expect(expected).toBeInstanceOf(Error);
    const { message, constructor: type } = expected as Error;
    const sync = shared.sync as unknown as AnyFunctions;
    expect(() => sync[name](...args)).toThrow(message);
    const async = shared as unknown as AnyFunctions;
    let promise: unknown;
    expect(() => {
      promise = async[name](...args);
    }).not.toThrow();
    await expect(promise).rejects.toThrow(message);
    await expect(promise).rejects.toBeInstanceOf(type);
  });

  test("a call rejects with what the caller's getters throw", async () => {
    const options = {
      get shape(): number[] {
        throw new Error("no shape");
      },
    };
    await expect(shared.softmax(x, options)).rejects.toThrow("no shape");
  });

  /** More than threads get at once. */
  const many = scaled(2 ** 23);
  const rows = { shape: [many / 2 ** 10, 2 ** 10] };
  const detach = ({ buffer }: { buffer: ArrayBufferLike }) => {
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
  };
  const shrink = ({ buffer }: { buffer: ArrayBufferLike }) => {
    (buffer as unknown as { resize(bytes: number): void }).resize(4096);
  };
  const resizable = () => {
    const options = { maxByteLength: 4 * many } as unknown as undefined;
    return new Float32Array(
      new (ArrayBuffer as new (n: number, options: unknown) => ArrayBuffer)(4 * many, options),
    );
  };

  interface Loss {
    readonly title: string;
    readonly x: () => Float32Array;
    readonly out?: () => Float32Array;
    readonly lose: (array: Float32Array) => void;
  }
  const ordinary = () => new Float32Array(many);
  const losses: Loss[] = [
    { title: "x is detached", x: ordinary, lose: detach },
    { title: "out is detached", x: ordinary, out: ordinary, lose: detach },
  ];
  if ("resize" in ArrayBuffer.prototype) {
    losses.push({ title: "x is shrunk", x: resizable, lose: shrink });
    losses.push({ title: "out is shrunk", x: ordinary, out: resizable, lose: shrink });
  }

  test.each(losses)("$title while the call is pending", async ({ x: newX, out: newOut, lose }) => {
    const [array, out] = [newX(), newOut?.()];
    const jobs = recordJobs();
    const pending = shared.softmax(array, { ...rows, out });
    expect(jobs.length).toBeGreaterThan(0);
    lose(out ?? array);
    await expect(pending).rejects.toBeInstanceOf(TypeError);
    await expect(pending).rejects.toThrow(
      /^softmax: (x|out) was detached, or changed its length, while the call was pending$/,
    );
    const p = await shared.softmax(x, { shape });
    expect(p.every((value) => value === 2 ** -10)).toBe(true);
  });

  test("a resident array freed twice is freed once", async () => {
    const first = shared.allocate("f32", x.length);
    first.free();
    expect(() => first.view).toThrow(/free/);
    const second = shared.allocate("f32", x.length);
    first.free();
    const third = shared.allocate("f32", x.length);
    second.view.fill(1);
    third.view.fill(2);
    await shared.softmax(second.view, { shape, out: second.view });
    expect(third.view.every((value) => value === 2)).toBe(true);
    expect(second.view.every((value) => value === 2 ** -10)).toBe(true);
    second.free();
    third.free();
  });

  test("views of a resident array overlap, also when the memory has grown between them", async () => {
    const resident = shared.allocate("f32", 1000);
    const before = resident.view;
    const large = shared.allocate("f32", scaled(2 ** 22));
    const options = { shape: [90, 10], out: resident.view.subarray(4, 904) };
    await expect(shared.softmax(before.subarray(0, 900), options)).rejects.toThrow(/overlap/);
    before[0] = 7;
    expect(resident.view[0]).toBe(7);
    for (const each of [resident, large]) each.free();
  });

  test("a resident array that is larger than all memory", async () => {
    expectError(() => shared.allocate("f64", 2 ** 40), RangeError, "allocate");
    expectError(() => shared.allocate("f64", 2 ** 29), RangeError, "allocate");
    expect((await shared.softmax(x, { shape }))[0]).toBe(2 ** -10);
  });
});

test("the limits of the package: threads share larger calls, from later on if these are copied", async () => {
  const each = await pool({ backend: "simd", threads: 2 }, LIMITS);
  const jobsOf = async (isShared: boolean, bytes: number) => {
    const buffer = isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    const array = new Float32Array(buffer);
    const jobs = recordJobs();
    await each.softmax(array, { shape: [array.length / 2 ** 7, 2 ** 7], out: array });
    return jobs.length;
  };
  expect(await jobsOf(true, 2 ** 19 - 2 ** 9)).toBe(0);
  expect(await jobsOf(true, 2 ** 19)).toBe(1);
  expect(await jobsOf(false, 2 ** 21 - 2 ** 9)).toBe(0);
  expect(await jobsOf(false, 2 ** 21)).toBe(8);
  await each.close();
});

describe("createPool", () => {
  test.each<[unknown, typeof TypeError | typeof RangeError, string]>([
    [null, TypeError, "options"],
    [5, TypeError, "options"],
    [{ threads: "2" }, TypeError, "threads"],
    [{ threads: 0 }, RangeError, "threads"],
    [{ threads: 65 }, RangeError, "threads"],
    [{ threads: 1.5 }, RangeError, "threads"],
    [{ blocktime: -1 }, RangeError, "blocktime must be from 0 to 1000 milliseconds, got -1"],
    [{ blocktime: 1001 }, RangeError, "blocktime"],
    [{ blocktime: Number.NaN }, RangeError, "blocktime"],
    [{ blocktime: "200" }, TypeError, "blocktime must be a number"],
    [{ threads: Number.NaN }, RangeError, "threads"],
    [{ worker: 5 }, TypeError, "worker"],
    [{ worker: null }, TypeError, "worker"],
    [{ worker: {} }, TypeError, "worker"],
    [{ worker: { toJSON: () => WORKER.href } }, TypeError, "worker"],
    [{ backend: "wasm" }, RangeError, "createPool: backend must"],
    [{ backend: 1 }, TypeError, "createPool: backend must"],
    [{ backend: null }, TypeError, "createPool: backend must"],
  ])("rejects %o", async (options, type, argument) => {
    const promise = createPool(options as object);
    await expect(promise).rejects.toBeInstanceOf(type);
    await expect(promise).rejects.toThrow(new RegExp(`\\b${argument}\\b`));
  });

  test("a worker that is not there", async () => {
    const worker = new URL("./nothing.js", WORKER);
    await expect(createPool({ worker, threads: 2 })).rejects.toThrow(/nothing\.js could not be started: ./);
  });

  test("a worker of another package", async () => {
    const worker = `data:text/javascript,${encodeURIComponent("throw new Error('not this one')")}`;
    await expect(createPool({ worker, threads: 2 })).rejects.toThrow(/could not be started: .*not this one/);
  });

  test("takes the worker as a string or as a URL, and has a default number of threads", async () => {
    for (const worker of [WORKER, WORKER.href]) {
      const each = await pool({ worker });
      expect(each.threads).toBeGreaterThanOrEqual(1);
      expect(each.backend).toBe(createSoftmax().backend);
      expect((await each.softmax(x, { shape }))[0]).toBe(2 ** -10);
      await each.close();
    }
  });

  test("where there can be no threads, says so once, and the calling thread computes", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const isolated = Object.getOwnPropertyDescriptor(globalThis, "crossOriginIsolated");
    Object.defineProperty(globalThis, "crossOriginIsolated", { configurable: true, value: false });
    try {
      for (let k = 0; k < 2; k++) {
        const alone = await createPool({ backend: "simd" });
        expect(alone.threads).toBe(0);
        const jobs = recordJobs();
        expectSame(await alone.softmax(x, { shape }), library.softmax(x, { shape }));
        expect(alone.sync.logSumExp([0])).toBe(0);
        expect(jobs.length).toBe(0);
        expect(alone.allocate("f32", 3).view.length).toBe(3);
        await alone.close();
        await expect(alone.softmax([])).rejects.toThrow(/closed/);
        expect(() => alone.allocate("f32", 3)).toThrow(/closed/);
        expect(() => softmaxStream({ length: 3, pool: alone })).toThrow(/closed/);
      }
      expect(warn).toHaveBeenCalledTimes(1);
      expect(warn.mock.calls[0][0]).toMatch(
        /no threads, the calling thread computes: .*cross-origin isolated/,
      );
    } finally {
      if (isolated) Object.defineProperty(globalThis, "crossOriginIsolated", isolated);
      else Reflect.deleteProperty(globalThis, "crossOriginIsolated");
      warn.mockRestore();
    }
  });
});
