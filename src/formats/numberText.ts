/**
 * Numbers as text: an optional sign, digits with an optional point, an optional exponent; nan, inf and infinity in any case.
 * Nothing else is a number: no 0x10, no 1_000, no comma.
 */
import { add, divideByNumber, multiply } from "../math/doubleDouble.js";

const GRAMMAR = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const SPECIAL = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;

/** 10^k, as far as it is exact. */
export const POWERS = Array.from({ length: 23 }, (_, k) => 10 ** k);

/** As many digits always make an integer below 2^53. */
const DIGITS = 15;
/** The largest of `POWERS`. */
const EXACT_SCALE = 22;

const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const SPACE = 32;
const TAB = 9;

/** A number, or undefined for text that is none. Spaces around it do not count. */
export function parseNumber(bytes: Uint8Array, from: number, to: number): number | undefined {
  let at = from;
  let end = to;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  while (at < end && (bytes[end - 1] === SPACE || bytes[end - 1] === TAB)) end--;
  const start = at;
  const isNegative = bytes[at] === MINUS;
  if (isNegative || bytes[at] === PLUS) at++;
  // The first digits, and those after them.
  let head = 0;
  let tail = 0;
  let digits = 0;
  let scale = 0;
  let isFraction = false;
  let hasDigits = false;
  for (; at < end; at++) {
    const digit = bytes[at] - 48;
    if (digit >= 0 && digit <= 9) {
      hasDigits = true;
      if (digits < DIGITS) head = head * 10 + digit;
      else tail = tail * 10 + digit;
      if (head !== 0) digits++;
      if (isFraction) scale--;
    } else if (bytes[at] === POINT && !isFraction) isFraction = true;
    else break;
  }
  if (hasDigits && at < end && (bytes[at] | 32) === 101) {
    const exponent = parseExponent(bytes, at + 1, end);
    if (exponent !== undefined) {
      scale += exponent;
      at = end;
    }
  }
  if (hasDigits && at === end) {
    const size = rounded(head, tail, digits, scale);
    if (size !== undefined) return isNegative ? -size : size;
  }
  return parseText(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 1024))));
}

/** The double next to a number of so many digits, `head` the first 15 of them, times 10^scale. Undefined: for another way. */
function rounded(head: number, tail: number, digits: number, scale: number): number | undefined {
  if (scale < -2 * EXACT_SCALE || scale > EXACT_SCALE) return undefined;
  // An integer below 2^53 times or over an exact power of ten is rounded once (Clinger 1990).
  if (digits <= DIGITS && scale >= -EXACT_SCALE) {
    return scale < 0 ? head / POWERS[-scale] : head * POWERS[scale];
  }
  if (digits > 2 * DIGITS) return undefined;
  let x = { high: head, low: 0 };
  if (digits > DIGITS) {
    const shift = { high: POWERS[digits - DIGITS], low: 0 };
    x = add(multiply(x, shift), { high: tail, low: 0 });
  }
  if (scale > 0) x = multiply(x, { high: POWERS[scale], low: 0 });
  for (let left = -scale; left > 0; left -= EXACT_SCALE) {
    x = divideByNumber(x, POWERS[Math.min(left, EXACT_SCALE)]);
  }
  // Its error is below 2^-97. So near to the middle between two doubles, it does not tell which is nearer (Ziv 1991).
  return x.high + x.low * (1 + 2 ** -40) === x.high ? x.high : undefined;
}

/** Up to four digits, or undefined: for another way. */
function parseExponent(bytes: Uint8Array, from: number, end: number): number | undefined {
  let at = from;
  const isNegative = bytes[at] === MINUS;
  if (isNegative || bytes[at] === PLUS) at++;
  if (at === end || end - at > 4) return undefined;
  let exponent = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - 48;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    exponent = exponent * 10 + digit;
  }
  return isNegative ? -exponent : exponent;
}

/** The same of a string. */
export function parseText(text: string): number | undefined {
  if (GRAMMAR.test(text)) return Number(text);
  const special = SPECIAL.exec(text);
  if (special === null) return undefined;
  if (special[2] !== undefined) return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** The shortest text that reads back as the same float32 or float64; nan, inf and -inf. */
export function formatNumber(value: number, isSingle: boolean): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0";
  return isSingle ? shortestSingle(value) : String(value);
}

/** Up to here an integer is its own shortest text. */
const EXACT = 2 ** 24;
/** Below the smallest normal float32 fewer digits may do. */
const SUBNORMAL = 2 ** -126;

/** Nine digits tell every float32 from its neighbours, and six are not enough for most. */
function shortestSingle(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) <= EXACT) return String(value);
  const size = Math.abs(value);
  if (size < 1e-13 || size > 1e6) return searchedSingle(value);
  const exponent = exponentOf(size);
  for (let digits = 6; ; digits++) {
    const power = POWERS[digits - 1 - exponent];
    const scaled = size * power;
    const integer = Math.round(scaled);
    // The product is rounded: this near to the middle, the digits are for toPrecision to find.
    if (Math.abs(Math.abs(scaled - integer) - 0.5) < 1e-6) return searchedSingle(value);
    const rounded = integer / power;
    if (digits === 9 || Math.fround(rounded) === size) return String(value < 0 ? -rounded : rounded);
  }
}

/** The exponent of ten of a number from 1e-13 to 1e6. */
function exponentOf(size: number): number {
  let exponent = 5;
  while (exponent >= 0 ? size < POWERS[exponent] : size * POWERS[-exponent] < 1) exponent--;
  return exponent;
}

function searchedSingle(value: number): string {
  for (let digits = Math.abs(value) < SUBNORMAL ? 1 : 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return shortened(text);
  }
  return shortened(value.toPrecision(9));
}

/** Without zeros that say nothing: 0.5 for 0.500000. */
function shortened(text: string): string {
  return String(Number(text));
}
