import { describe } from "../describe.js";
import type { BackendName } from "../types.js";
import type { SyncBackend } from "./backend.js";
import { jsBackend } from "./js/js.js";
import { compiled, precompiled } from "./wasm/modules.js";
import { wasmBackend } from "./wasm/wasm.js";

/** WebAssembly.Module, where the user's TypeScript libraries declare it: es2022 without dom does not. */
type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : object;

export interface BackendOptions {
  /**
   * "auto" takes the first of relaxed, simd and js that the engine accepts, and relaxed only where its multiply-add is fused.
   * A backend asked for by name is used, or is an error. "simd" gives the same bits on every machine and engine. "relaxed"
   * may differ between hosts in the last bit. Default: "auto".
   */
  backend?: "auto" | BackendName | undefined;
  /** The kernels of this package, already compiled: for hosts that forbid compiling bytes. */
  module?: CompiledModule | undefined;
}

type Choice = "auto" | BackendName;

const CHOICES: readonly unknown[] = ["auto", "relaxed", "simd", "js"] satisfies Choice[];

/** Makes a backend. Detects by constructing: `validate` does not show a policy that forbids compiling. */
export function select(options?: BackendOptions): SyncBackend {
  const { choice, module } = readOptions(options);
  const js = jsBackend();
  if (module !== undefined) {
    const backend = wasmBackend(module, js);
    if (choice === "auto" || choice === backend.name) return backend;
    throw new RangeError(`backend must be "${backend.name}", which module is, or "auto", got "${choice}"`);
  }
  let refusal: unknown;
  for (const name of binariesFor(choice)) {
    try {
      return wasmBackend(compiled(name), js);
    } catch (error) {
      // No SIMD, a policy against compiling, or no address space for a memory.
      refusal = error;
    }
  }
  if (choice === "auto" || choice === "js") return js;
  throw new Error(`backend "${choice}" is refused by this engine: ${String(refusal)}`, { cause: refusal });
}

/** Compiles what `select` is going to need, without blocking. Leaves a refusal for `select` to deal with. */
export async function precompile(options?: BackendOptions): Promise<void> {
  const { choice, module } = readOptions(options);
  if (module !== undefined) return;
  for (const name of binariesFor(choice)) {
    try {
      await precompiled(name);
      return;
    } catch {
      // The next one, as in `select`.
    }
  }
}

export function readOptions(options: BackendOptions = {}): { choice: Choice; module?: WebAssembly.Module } {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`options must be an object, got ${describe(options)}`);
  }
  const { backend: choice = "auto", module } = options;
  if (!CHOICES.includes(choice)) {
    throw new RangeError(`backend must be "auto", "relaxed", "simd" or "js", got ${describe(choice)}`);
  }
  // By its tag: a module may come from another realm.
  if (module !== undefined && Object.prototype.toString.call(module) !== "[object WebAssembly.Module]") {
    throw new TypeError(`module must be a WebAssembly.Module, got ${describe(module)}`);
  }
  return { choice, module };
}

/** The binaries to try, best first. */
export function binariesFor(choice: Choice): readonly ("relaxed" | "simd")[] {
  if (choice === "auto") return hasFusedMultiplyAdd() ? ["relaxed", "simd"] : ["simd"];
  return choice === "js" ? [] : [choice];
}

function hasFusedMultiplyAdd(): boolean {
  try {
    const { isFused } = new WebAssembly.Instance(compiled("probe")).exports as { isFused(x: number): number };
    return isFused(1 + 2 ** -12) === 1;
  } catch {
    return false;
  }
}
