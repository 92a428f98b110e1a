import { expect, test } from "vitest";
import { ulp, ulpError } from "./ulp.js";

const value = (high: number, low = 0, exponent = 0) => ({ high, low, exponent });

test.each([
  ["f32", 1, 2 ** -23],
  ["f32", 1.999, 2 ** -23],
  ["f32", 2 ** -126, 2 ** -149],
  ["f32", 2 ** -149, 2 ** -149],
  ["f32", 0, 2 ** -149],
  ["f64", -1, 2 ** -52],
  ["f64", 2 ** -1022, 2 ** -1074],
  ["f64", 1e300, 2 ** 944],
] as const)("one ulp of %s at %d", (type, at, expected) => {
  expect(ulp(at, type)).toBe(expected);
});

test.each([
  ["an exact result", "f64", 0.1, value(0.1), 0],
  ["the low part counts", "f64", 1, value(1, 2 ** -54), 0.25],
  ["just below a power of two the ulp is half as large", "f64", 1, value(1, -(2 ** -54)), 0.5],
  ["the same for negative values", "f64", -1, value(-1, 2 ** -54), 0.5],
  ["half an ulp of f32", "f32", 1, value(1 + 2 ** -24), 0.5],
  ["a neighbour of f32", "f32", Math.fround(1 + 2 ** -23), value(1), 1],
  ["f32 subnormal", "f32", 2 ** -148, value(1.25, 0, -149), 0.75],
  ["f32 rounded to zero", "f32", 0, value(1.5, 0, -150), 0.75],
  ["f32 flushed to zero", "f32", 0, value(1, 0, -127), 2 ** 22],
  ["f64 subnormal", "f64", 2 ** -1074, value(1.25, 0, -1074), 0.25],
  ["f64 flushed to zero", "f64", 0, value(1, 0, -1024), 2 ** 50],
  ["far below the smallest number", "f32", 2 ** -149, value(1, 0, -5000), 1],
  ["zero for zero", "f32", -0, value(0), 0],
  ["zero for far below", "f64", 0, value(1.3, 0, -100000), 0],
  ["NaN", "f32", Number.NaN, value(1), Infinity],
  ["infinity for an f32 overflow", "f32", -Infinity, value(-6e38), 0],
  ["infinity next to the largest f32", "f32", Infinity, value(2 ** 128 - 2 ** 103), 0.5],
  ["infinity too early", "f32", Infinity, value(2 ** 127), 2 ** 23],
  ["infinity of the wrong sign", "f32", Infinity, value(-6e38), Infinity],
  ["infinity for an f64 overflow", "f64", -Infinity, value(-Infinity), 0],
  ["finite for an f64 overflow", "f64", -1e308, value(-Infinity), Infinity],
] as const)("%s", (_, type, result, exact, expected) => {
  expect(ulpError(result, exact, type)).toBe(expected);
});
