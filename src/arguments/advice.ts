import { typedArrayName, verb } from "../describe.js";

/** What an argument takes. Without a type it is one to compute on, of floats of either size. */
export interface Wanted {
  /** The class whose `from` makes what is wanted. */
  readonly type?: string;
  /** Whether there is an option for its shape. */
  readonly hasShape?: boolean;
  /** Whether it is written: then a copy will not do. */
  readonly isOut?: boolean;
}

const FLOATS = /^Float\d+Array$/;

/** What to write instead of an argument that is no array of numbers, for the end of an error. Empty where nothing is known. */
export function adviceOn(name: string, value: unknown, wanted: Wanted = {}): string {
  if (typeof value !== "object" || value === null) return "";
  try {
    const advice = Array.isArray(value)
      ? ""
      : ArrayBuffer.isView(value)
        ? onView(name, value, wanted)
        : onObject(name, value, wanted);
    return advice && `: ${advice}`;
  } catch {
    // A proxy, or an accessor that throws.
    return "";
  }
}

/** For an element of a list that is itself a list. */
export function adviceOnNested(name: string, element: unknown, hasShape: boolean): string {
  if (!Array.isArray(element) && typedArrayName(element) === undefined) return "";
  return `: flatten ${name}${hasShape ? `, and give ${verb(name, "its", "their")} shape` : ""}`;
}

function onView(name: string, view: ArrayBufferView, { type, isOut }: Wanted): string {
  if (isOut) return "";
  const given = typedArrayName(view);
  if (type !== undefined && !FLOATS.test(type))
    return given === undefined ? "" : `pass ${copy(name, view, type)}`;
  const floats = type ?? "Float32Array";
  const integers = copy(name, view, type ?? "Float64Array");
  const bytes = `new ${floats}(${name}.buffer, ${name}.byteOffset, ${name}.byteLength / ${floats === "Float32Array" ? 4 : 8})`;
  if (given === undefined) return `pass ${bytes}`;
  if (/^Uint8/.test(given)) {
    const scale = type === undefined && given === "Uint8Array" ? ", or give { scale, zeroPoint }" : "";
    return `pass ${bytes} if these are the bytes of floats, ${integers} if not${scale}`;
  }
  if (given === "Uint16Array") {
    const halves =
      type === undefined ? 'give { dtype: "float16" } or { dtype: "bfloat16" } for' : "first convert";
    return `${halves} the bits of half floats, or pass ${integers} if these are integers`;
  }
  return `pass ${given.startsWith("Big") ? integers : copy(name, view, floats)}`;
}

function onObject(name: string, value: object, { type, hasShape, isOut }: Wanted): string {
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Resident]") return `pass ${name}.view`;
  if (/ArrayBuffer\]$/.test(tag))
    return type === "Array" ? "" : `pass new ${type ?? "Float32Array"}(${name})`;
  const { data, dims, shape } = value as { readonly [name: string]: unknown };
  const sizes = Array.isArray(dims) ? "dims" : Array.isArray(shape) ? "shape" : undefined;
  if (sizes !== undefined && data !== undefined) {
    const isCopied = typeof data === "function";
    if (isOut && isCopied) return "";
    const numbers = isCopied ? `await ${name}.data()` : `${name}.data`;
    return `pass ${numbers}${hasShape ? `, with { shape: ${name}.${sizes} }` : ""}`;
  }
  if (isOut || !(Symbol.iterator in value)) return "";
  // Of a Map and its like, which iterate over entries, the values.
  const isMap = (value as Partial<Map<unknown, unknown>>).entries === value[Symbol.iterator];
  return `pass ${copy(isMap ? `${name}.values()` : name, value, type ?? "Float64Array")}`;
}

/** The elements of another array or iterable as a new array. */
function copy(name: string, value: object, type: string): string {
  const isBig = typedArrayName(value)?.startsWith("Big");
  return `${type}.from(${name}${isBig || type === "Uint8Array" ? ", Number" : ""})`;
}
