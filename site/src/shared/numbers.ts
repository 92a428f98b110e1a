/** A number of four digits, with a true minus and an exponent where it is very small or large. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 1e-4 || size >= 1e6)
      ? value.toExponential(2)
      : String(Number(value.toPrecision(4)));
  return text.replaceAll("-", "−").replace("e+", "e");
}

/** A share as a percentage of three digits. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return "NaN";
  return `${short(Number((100 * share).toPrecision(3)))}\u00a0%`;
}

/** A whole number with commas. */
export function whole(value: number): string {
  return value.toLocaleString("en-US");
}
