/** The getter of %TypedArray%.prototype[@@toStringTag]: gives the true type of a typed array, undefined for all else. */
export const typedArrayName = /* @__PURE__ */ Object.getOwnPropertyDescriptor(
  /* @__PURE__ */ Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

/** Says what a value is, for the end of an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) {
    const name = typedArrayName.call(value) ?? "DataView";
    const count = "length" in value ? ` of length ${value.length}` : "";
    return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}${count}`;
  }
  if (typeof value === "string" && value.length < 40) return JSON.stringify(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
