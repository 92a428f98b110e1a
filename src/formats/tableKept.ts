/** The types of columns that pass through beside the logits. */
export type KeptType =
  | { readonly kind: "utf8" | "bool" }
  /** Of 64 bits they are bigint. */
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly isSigned: boolean }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  | { readonly kind: "moment"; readonly unit: TimeUnit; readonly zone?: string | undefined };

/** Days, and what of a second Arrow counts from 0 on and Parquet has from milliseconds on. */
export const TIME_UNITS = ["d", "s", "ms", "us", "ns"] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** A date or a point of time as the file has it; formats of text write it by ISO 8601. */
export class Moment {
  constructor(
    /** Units since 1970. */
    readonly count: bigint,
    readonly unit: TimeUnit,
    /** Whether it is in UTC, and not a local time without a zone. */
    readonly isUtc = false,
  ) {}

  toString(): string {
    const { count, unit } = this;
    const digits = 3 * Math.max(0, TIME_UNITS.indexOf(unit) - 1);
    const perSecond = 10n ** BigInt(digits);
    const rest = ((count % perSecond) + perSecond) % perSecond;
    const seconds = unit === "d" ? count * 86_400n : (count - rest) / perSecond;
    const date = new Date(Number(seconds) * 1000);
    if (Number.isNaN(date.getTime())) return `${count} ${unit}`;
    const text = date.toISOString().slice(0, -5);
    if (unit === "d") return text.slice(0, -9);
    const fraction = rest === 0n ? "" : `.${rest.toString().padStart(digits, "0")}`;
    return `${text}${fraction}${this.isUtc ? "Z" : ""}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** A value as text: strings as they are, values of JSON as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Moment || typeof value === "bigint") return value.toString();
  return JSON.stringify(value) ?? String(value);
}
