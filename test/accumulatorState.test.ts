import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogSumExpState } from "../src/index.js";
import { accumulate, elements, temperatures } from "./support/accumulate.js";
import { describeBackends } from "./support/backends.js";
import { type ErrorType, expectError } from "./support/errors.js";
import { FULL } from "./support/extent.js";
import { normal } from "./support/random.js";

const INF = Number.POSITIVE_INFINITY;

/** Passes on what the types would refuse. */
const any = (value: unknown) => value as never;

describeBackends((library) => {
  const { LogSumExp } = library;

  describe("states", () => {
    test("survive JSON to the last bit, and go on alike", () => {
      const all = fc.oneof(elements, fc.constantFrom([], [-INF], [INF], [Number.NaN], [-0]));
      fc.assert(
        fc.property(all, temperatures, elements, (x, temperature, more) => {
          const accumulator = accumulate(library, [x], temperature);
          const state = accumulator.toJSON();
          const copies = [JSON.parse(JSON.stringify(accumulator)), state, structuredClone(state)];
          for (const copy of copies.map(LogSumExp.from)) {
            expect(copy.toJSON()).toEqual(state);
            expect(copy.value).toBe(accumulator.value);
            const expected = accumulate(library, [x, more], temperature).toJSON();
            expect(copy.push(more).toJSON()).toEqual(expected);
          }
          expect(accumulator.toJSON()).toEqual(state);
        }),
        { numRuns: FULL ? 100 : 40 },
      );
    });

    const valid: LogSumExpState = { temperature: 1, max: 2, others: [2 ** 100, 1] };
    const hostile: [string, unknown, ErrorType, string][] = [
      ["undefined", undefined, TypeError, "state"],
      ["null", null, TypeError, "state"],
      ["a string", JSON.stringify(valid), TypeError, "state"],
      ["an empty object", {}, TypeError, "max"],
      ["an array", [1, 2, [3, 4]], TypeError, "state"],
      ["no temperature", { ...valid, temperature: undefined }, TypeError, "temperature"],
      ["temperature: a string", { ...valid, temperature: "1" }, TypeError, "temperature"],
      ["temperature: 0", { ...valid, temperature: 0 }, RangeError, "temperature"],
      ["temperature: NaN", { ...valid, temperature: Number.NaN }, RangeError, "temperature"],
      ["max: null, as JSON makes of NaN", { ...valid, max: null }, TypeError, "max"],
      ["max: a list", { ...valid, max: ["NaN"] }, TypeError, "max"],
      ["max: another string", { ...valid, max: "2" }, RangeError, "max"],
      ["max: the name of a method", { ...valid, max: "toString" }, RangeError, "max"],
      ["no others", { ...valid, others: undefined }, TypeError, "others"],
      ["others: a number", { ...valid, others: 1 }, TypeError, "others"],
      ["others: an object", { ...valid, others: { 0: 1, 1: 0, length: 2 } }, TypeError, "others"],
      ["others: one number", { ...valid, others: [1] }, RangeError, "others"],
      ["others: three numbers", { ...valid, others: [1, 0, 0] }, RangeError, "others"],
      ["others: strings", { ...valid, others: ["1", "0"] }, TypeError, "others"],
      ["others: nulls", { ...valid, others: [1, null] }, TypeError, "others"],
      ["others: negative", { ...valid, others: [-1, 0] }, RangeError, "others"],
      ["others: NaN", { ...valid, others: [Number.NaN, 0] }, RangeError, "others"],
      ["others: a low part of NaN", { ...valid, others: [1, Number.NaN] }, RangeError, "others"],
      ["others: infinite", { ...valid, others: [INF, 0] }, RangeError, "others"],
      ["others: too large", { ...valid, others: [1e308, 0] }, RangeError, "others"],
      ["others: parts that overlap", { ...valid, others: [1, 2 ** -50] }, RangeError, "others"],
      ["others: only a low part", { ...valid, others: [0, 1] }, RangeError, "others"],
      ["others beside −∞", { ...valid, max: "-Infinity" }, RangeError, "others"],
      ["others beside NaN", { ...valid, max: "NaN" }, RangeError, "others"],
    ];
    test.each(hostile)("refuses %s", (_, state, type, argument) => {
      expect(LogSumExp.from(valid).toJSON()).toEqual(valid);
      expectError(() => LogSumExp.from(any(state)), type, argument);
    });
  });

  describe("arguments", () => {
    const detached = () => {
      const x = Float64Array.of(1, 2);
      structuredClone(x, { transfer: [x.buffer] });
      return x;
    };
    const chunks: [string, unknown, string][] = [
      ["undefined", undefined, "chunk"],
      ["null", null, "chunk"],
      ["a string", "3", "chunk"],
      ["a bigint", 3n, "chunk"],
      ["a number object", new Number(3), "chunk"],
      ["an object", { length: 1, 0: 1 }, "chunk"],
      ["a Uint8Array", Uint8Array.of(1), "chunk"],
      ["a list with a string", [1, "2"], "chunk\\[1"],
      ["a list with a hole", Array.from({ length: 2, 0: 6 }), "chunk\\[1"],
      ["a detached array", detached(), "chunk"],
      ["an accumulator", new LogSumExp(), "chunk"],
    ];
    test.each(chunks)("push refuses %s, and the state is kept", (_, chunk, argument) => {
      const accumulator = accumulate(library, [[1, 2, 3]]);
      const state = accumulator.toJSON();
      expectError(() => accumulator.push(any(chunk)), TypeError, argument);
      expect(accumulator.toJSON()).toEqual(state);
    });

    test("the constructor refuses what softmax does", () => {
      expectError(() => new LogSumExp(any(3)), TypeError, "options");
      expectError(() => new LogSumExp({ temperature: any("1") }), TypeError, "temperature");
      expectError(() => new LogSumExp({ temperature: 0 }), RangeError, "temperature");
      expectError(() => any((LogSumExp as unknown as () => void)()), TypeError, "LogSumExp");
    });

    test("a chunk is not kept or written", () => {
      const x = normal("f64", 100, 3, 1);
      const kept = x.slice();
      const accumulator = accumulate(library, [x]);
      expect(x).toEqual(kept);
      const { value } = accumulator;
      x.fill(9);
      expect(accumulator.value).toBe(value);
    });
  });
});
