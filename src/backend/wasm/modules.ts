import { binaries } from "../../../build/binaries.js";

type Binary = "probe" | "relaxed" | "simd";

/** Compiled on first use. A Module holds code only and serves any number of instances. */
const modules: { [name in Binary]?: WebAssembly.Module } = {};

/** Throws what the engine throws if it refuses. */
export function compiled(name: Binary): WebAssembly.Module {
  modules[name] ??= new WebAssembly.Module(bytesOf(name));
  return modules[name];
}

/** Compiles without blocking. */
export async function precompiled(name: Binary): Promise<WebAssembly.Module> {
  modules[name] ??= await WebAssembly.compile(bytesOf(name));
  return modules[name];
}

/** The bytes of a binary. */
export function bytesOf(name: Binary): Uint8Array<ArrayBuffer> {
  return name === "relaxed" ? patched(fromHex(binaries.simd), binaries.relaxed) : fromHex(binaries[name]);
}

/** Applies a difference from `base`, "steps;literals": assembly/binaries.mjs says what these are. */
function patched(base: Uint8Array, difference: string): Uint8Array<ArrayBuffer> {
  const [steps, literals] = difference.split(";").map(fromHex);
  const integers = new DataView(steps.buffer, steps.byteOffset, steps.length);
  const bytes = new Uint8Array(base.length + literals.length);
  let taken = 0;
  let length = 0;
  const append = (part: Uint8Array) => {
    bytes.set(part, length);
    length += part.length;
  };
  for (let k = 0; k < steps.length; k += 12) {
    const count = integers.getUint32(k, true);
    const from = integers.getUint32(k + 4, true);
    append(literals.subarray(taken, taken + count));
    append(base.subarray(from, from + integers.getUint32(k + 8, true)));
    taken += count;
  }
  return bytes.slice(0, length);
}

/** What TypeScript's libraries for ES2022 do not declare. */
interface Decoders {
  readonly Uint8Array: { fromHex?(hex: string): Uint8Array<ArrayBuffer> };
  readonly Buffer?: { from(text: string, encoding: "hex"): Uint8Array<ArrayBuffer> };
}

/** By native code, where there is some: a loop takes 5 ms for a binary where it has not been compiled yet. */
function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  // As a property, or bundlers for browsers would add a Buffer.
  const { Uint8Array: Bytes, Buffer } = globalThis as unknown as Decoders;
  if (Bytes.fromHex) return Bytes.fromHex(hex);
  if (Buffer) {
    const { buffer, byteOffset, length } = Buffer.from(hex, "hex");
    return new Uint8Array(buffer, byteOffset, length);
  }
  const bytes = new Uint8Array(hex.length / 2);
  for (let k = 0; k < bytes.length; k++) {
    bytes[k] = 16 * digit(hex.charCodeAt(2 * k)) + digit(hex.charCodeAt(2 * k + 1));
  }
  return bytes;
}

/** Of "0" to "9" and "a" to "f". */
function digit(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
