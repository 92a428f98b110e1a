import { typedArrayName } from "../describe.js";

/** What to write instead of an argument that is no array of numbers, for the end of an error. Empty where nothing is known. */
export function adviceOn(name: string, value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  try {
    const advice = Array.isArray(value)
      ? ""
      : ArrayBuffer.isView(value)
        ? onView(name, value)
        : onObject(name, value);
    return advice && `: ${advice}`;
  } catch {
    // A proxy, or an accessor that throws.
    return "";
  }
}

function onView(name: string, view: ArrayBufferView): string {
  const type = typedArrayName.call(view);
  const bytes = `new Float32Array(${name}.buffer, ${name}.byteOffset, ${name}.byteLength / 4)`;
  if (type === undefined) return `pass ${bytes}`;
  if (/^Uint8/.test(type))
    return `pass ${bytes} if these are the bytes of floats, Float64Array.from(${name}) if not`;
  if (type === "Uint16Array") {
    return `convert the bits of half floats first, or pass Float64Array.from(${name}) if these are integers`;
  }
  return type.startsWith("Big")
    ? `pass Float64Array.from(${name}, Number)`
    : `pass Float32Array.from(${name})`;
}

function onObject(name: string, value: object): string {
  const tag = Object.prototype.toString.call(value);
  if (/ArrayBuffer\]$/.test(tag)) return `pass new Float32Array(${name})`;
  const { data, dims, shape } = value as { readonly [name: string]: unknown };
  const sizes = Array.isArray(dims) ? "dims" : Array.isArray(shape) ? "shape" : undefined;
  if (sizes !== undefined && data !== undefined) {
    const numbers = typeof data === "function" ? `await ${name}.data()` : `${name}.data`;
    return `pass ${numbers}, with { shape: ${name}.${sizes} }`;
  }
  return Symbol.iterator in value ? `pass Float64Array.from(${name})` : "";
}
