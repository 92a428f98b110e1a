/** The true type of a typed array, whatever its prototype says; undefined for all else. */
export const typedArrayName = /* @__PURE__ */ makeTypedArrayName();

/**
 * The getter in a closure is a constant to V8, which then puts its few instructions in place of a call. A constant of the
 * module is not: bundlers make it a variable. Three calls were a tenth of a softmax of ten numbers.
 */
function makeTypedArrayName(): (value: unknown) => string | undefined {
  const get = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
    ?.get as (this: unknown) => string | undefined;
  return (value) => get.call(value);
}

/** The key of the method that console.log calls in Node, Deno and Bun. */
export const INSPECT: unique symbol = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom") as never;

/** Says what a value is, for the end of an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (ArrayBuffer.isView(value)) {
    const name = typedArrayName(value) ?? "DataView";
    const count = "length" in value ? ` of length ${value.length}` : "";
    return `${withArticle(name)}${count}`;
  }
  if (typeof value === "string" && value.length < 40) return JSON.stringify(value);
  if (typeof value === "bigint") return `the bigint ${value}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = className(value);
  return name === "Promise" ? "a Promise: await it" : withArticle(name);
}

/** "1 element", "2 elements". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The verb for an argument by its name: x is, logits are. */
export function verb(name: string, one: string, several: string): string {
  return /^(logits|labels|weights)$/.test(name) ? several : one;
}

/** The class of an object in one word, "object" where it has none. Never throws. */
function className(value: object): string {
  try {
    // The tag first: it tells a Promise of another realm, and its proxy.
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    const name: unknown = tag === "Object" ? value.constructor?.name : tag;
    return typeof name === "string" && /^[A-Z]\w{0,39}$/.test(name) && name !== "Object" ? name : "object";
  } catch {
    return "object";
  }
}

function withArticle(noun: string): string {
  return `${/^[AEIOaeio]/.test(noun) ? "an" : "a"} ${noun}`;
}
