import { probe, relaxed, simd } from "../../build/binaries.js";

const BINARIES = { probe, relaxed, simd };

type Binary = keyof typeof BINARIES;

/** Compiled on first use. A Module holds code only and serves any number of instances. */
const modules: { [name in Binary]?: WebAssembly.Module } = {};

/** Throws what the engine throws if it refuses. */
export function compiled(name: Binary): WebAssembly.Module {
  modules[name] ??= new WebAssembly.Module(decode(BINARIES[name]));
  return modules[name];
}

/** Compiles without blocking. */
export async function precompiled(name: Binary): Promise<WebAssembly.Module> {
  modules[name] ??= await WebAssembly.compile(decode(BINARIES[name]));
  return modules[name];
}

/** By a loop: `Uint8Array.from` with a function takes 18 ms for the same bytes. */
function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = text.charCodeAt(k);
  return bytes;
}
