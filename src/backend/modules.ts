import { pieces, probe } from "../../build/binaries.js";

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
  const first = name === "simd" ? 0 : 1;
  const text = name === "probe" ? probe : pieces.filter((_, k) => k % 2 === first).join("");
  const bytes = new Uint8Array(text.length / 2);
  for (let k = 0; k < bytes.length; k++) {
    bytes[k] = 16 * digit(text.charCodeAt(2 * k)) + digit(text.charCodeAt(2 * k + 1));
  }
  return bytes;
}

/** The value of a hexadecimal digit, lower case. */
function digit(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
