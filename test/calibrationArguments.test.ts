import { describe, expect, test } from "vitest";
import { describeArguments } from "./support/arguments.js";
import { drawn } from "./support/temperature.js";

type ErrorType = typeof TypeError | typeof RangeError;

const { x, labels } = drawn("f32", 4, 3, 2, 1);
const shape = [4, 3];

/** What is wrong, with which labels and options; the error, and what its message says. */
const WRONG: [string, unknown, object, ErrorType, RegExp][] = [
  ["no labels", undefined, {}, TypeError, /labels must be 4 integers \(one label per lane\), got undefined$/],
  ["a number", 1, {}, TypeError, /got 1: pass a list, one label per lane$/],
  [
    "too few labels",
    [0, 1],
    {},
    RangeError,
    /labels must be 4 integers \(one label per lane\), got an array of length 2$/,
  ],
  [
    "target probabilities",
    new Float32Array(12),
    {},
    TypeError,
    /one label per lane\), got a Float32Array of length 12$/,
  ],
  ["a list of target probabilities", Array(12).fill(1 / 3), {}, RangeError, /got an array of length 12$/],
  ["one-hot integers", new Int8Array(12), {}, RangeError, /got an Int8Array of length 12$/],
  ["labels as floats", new Float32Array(4), {}, TypeError, /: pass Int32Array.from\(labels\)$/],
  [
    "a label that is no class",
    [0, 1, 3, 0],
    {},
    RangeError,
    /labels\[2\], of lane 2, must be an integer from 0 to 2 or ignoreIndex \(-100\), got 3$/,
  ],
  ["a label with a fraction", [0, 0.5, 1, 0], {}, RangeError, /labels\[1\]/],
  ["a label of another type", [0, "1", 1, 0], {}, TypeError, /labels\[1\] must be a number, got "1"$/],
  [
    "a missing shape",
    labels,
    { shape: undefined },
    RangeError,
    /: logits are a single lane; for 4 lanes give \{ shape: \[4, 3\] \}$/,
  ],
  [
    "a wrong shape",
    labels,
    { shape: [3, 3] },
    RangeError,
    /shape \[3, 3\] has 9 elements, but logits have 12$/,
  ],
  ["a wrong axis", labels, { axis: 2 }, RangeError, /axis must be an integer from -2 to 1, got 2$/],
  [
    "a negative weight",
    labels,
    { weight: [1, -1, 1] },
    RangeError,
    /weight\[1\] must be finite and not negative, got -1$/,
  ],
  ["too many weights", labels, { weight: [1, 1, 1, 1] }, RangeError, /weight must .*one per class/],
  ["a wrong mask", labels, { mask: [1, 1] }, RangeError, /mask must be/],
  [
    "a wrong ignoreIndex",
    labels,
    { ignoreIndex: 0.5 },
    RangeError,
    /ignoreIndex must be an integer, got 0.5$/,
  ],
  ["out", labels, { out: x }, TypeError, /there is no option out/],
  ["a reduction", labels, { reduction: "sum" }, TypeError, /there is no option reduction/],
];

describeArguments((library) => {
  describe.each(["fitTemperature", "calibration"] as const)("%s", (name) => {
    const call = library[name] as (...args: unknown[]) => unknown;

    test.each(WRONG)("%s", (_, given, options, type, message) => {
      const run = () => call(x, given, { shape, ...options });
      expect(run).toThrow(type);
      expect(run).toThrow(message);
      expect(run).toThrow(new RegExp(`^${name}: `));
    });
  });

  test("fitTemperature has no temperature, calibration one in its range", () => {
    const [fitted, calibrate] = [library.fitTemperature, library.calibration] as ((
      ...args: unknown[]
    ) => unknown)[];
    expect(() => fitted(x, labels, { shape, temperature: 2 })).toThrow("there is no option temperature");
    expect(() => calibrate(x, labels, { shape, temperature: 0 })).toThrow(
      "calibration: temperature must be between 1e-30 and 1e30, got 0",
    );
  });

  test.each<[unknown, ErrorType, string]>([
    [0, RangeError, "0"],
    [-3, RangeError, "-3"],
    [1.5, RangeError, "1.5"],
    [Number.NaN, RangeError, "NaN"],
    [2 ** 40, RangeError, "1099511627776"],
    ["15", TypeError, '"15"'],
    [null, TypeError, "null"],
    [[0, 0.5, 1], TypeError, "an array of length 3"],
  ])("bins: %j", (bins, type, got) => {
    const run = () => library.calibration(x, labels, { shape, bins: bins as number });
    expect(run).toThrow(type);
    expect(run).toThrow(`calibration: bins must be an integer from 1 to 1000000, got ${got}`);
  });

  test("options are read once, before anything is computed", () => {
    const reads: string[] = [];
    const options = new Proxy(
      { shape, bins: 4, weight: [1, 2, 3], mask: [1, 1, 1], ignoreIndex: -1, axis: 1, temperature: 2 },
      {
        get(target, name) {
          reads.push(String(name));
          return Reflect.get(target, name);
        },
      },
    );
    library.calibration(x, labels, options);
    const names = reads.filter((name) => name in { bins: 0, weight: 0, mask: 0, ignoreIndex: 0 });
    expect(names.sort()).toEqual(["bins", "ignoreIndex", "mask", "weight"]);
  });
});
