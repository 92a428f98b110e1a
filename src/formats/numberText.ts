/**
 * Numbers as text: an optional sign, digits with an optional point, an optional exponent; nan, inf and infinity in any case.
 * Nothing else is a number: no 0x10, no 1_000, no comma.
 */

const GRAMMAR = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const SPECIAL = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;

/** 10^k is exact up to here. */
const POWERS = Array.from({ length: 23 }, (_, k) => 10 ** k);

/** As many digits always make an integer below 2^53. */
const DIGITS = 15;

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
  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  let isFraction = false;
  let hasDigits = false;
  for (; at < end; at++) {
    const digit = bytes[at] - 48;
    if (digit >= 0 && digit <= 9) {
      hasDigits = true;
      mantissa = mantissa * 10 + digit;
      if (mantissa !== 0) digits++;
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
  // An integer below 2^53 times or over an exact power of ten is rounded once (Clinger 1990).
  if (hasDigits && at === end && digits <= DIGITS && scale >= -22 && scale <= 22) {
    const size = scale < 0 ? mantissa / POWERS[-scale] : mantissa * POWERS[scale];
    return isNegative ? -size : size;
  }
  return parseText(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 1024))));
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
