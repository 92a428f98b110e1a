import { pieces, probe } from "../../../build/binaries.js";

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
  const bytes = new Uint8Array(text.length);
  let count = 0;
  let prefix = 0;
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    const digit = code === 126 ? 57 : code - 35;
    if (digit > 88) prefix = 89 * (digit - 88);
    else {
      bytes[count++] = prefix + digit - 16; // modulo 256
      prefix = 0;
    }
  }
  return bytes.slice(0, count);
}
