/**
 * The package built for workerd has this in the place of modules.ts: no bytes may be compiled there, but .wasm files
 * that are imported come compiled.
 */
import probe from "../../../build/probe.wasm";
import relaxed from "../../../build/relaxed.wasm";
import simd from "../../../build/simd.wasm";

const modules = { probe, relaxed, simd };

type Binary = keyof typeof modules;

export function compiled(name: Binary): WebAssembly.Module {
  return modules[name];
}

export async function precompiled(name: Binary): Promise<WebAssembly.Module> {
  return modules[name];
}

/** Asked for by threads only, which workerd does not have. */
export function bytesOf(): never {
  throw new Error("workerd compiles no bytes");
}
