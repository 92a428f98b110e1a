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

/** Applies a difference from `base`: for each piece "hex,skip,count" these bytes, then bytes of the base. */
function patched(base: Uint8Array, difference: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(base.length + difference.length);
  let from = 0;
  let to = 0;
  for (const piece of difference.split(";")) {
    const [hex, skip = 0, count = 0] = piece.split(",");
    const literal = fromHex(hex);
    bytes.set(literal, to);
    to += literal.length;
    from += Number(skip);
    bytes.set(base.subarray(from, from + Number(count)), to);
    from += Number(count);
    to += Number(count);
  }
  return bytes.slice(0, to);
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
