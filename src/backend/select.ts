import { describe } from "../describe.js";
import type {
  BackendName,
  FloatArray,
  Layout,
  Operands,
  PackedElements,
  Resident,
  StoredArray,
  StoredType,
} from "../types.js";
import type { Found } from "./above.js";
import type { ElementOperation, LaneOperation, SyncBackend } from "./backend.js";
import { jsBackend } from "./js/js.js";
import type { Top } from "./top.js";
import { isFused, type Kernels } from "./wasm/kernels.js";
import { compiled, precompiled } from "./wasm/modules.js";
import { wasmBackend } from "./wasm/wasm.js";

/** WebAssembly.Module, where the user's TypeScript libraries declare it: es2022 without dom does not. */
type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : object;

export interface BackendOptions {
  /**
   * "auto" takes the first of relaxed, simd and js that the engine accepts, and relaxed only where its multiply-add is fused:
   * elsewhere its error bounds would not hold. A backend asked for by name is used, or is an error. "simd" gives the same bits on every machine and engine. "relaxed" may differ between
   * hosts in the last bit. Default: "auto".
   */
  backend?: "auto" | BackendName | undefined;
  /** The kernels of this package, already compiled: for hosts that forbid compiling bytes. Counts as asked for by name. */
  module?: CompiledModule | undefined;
}

type Choice = "auto" | BackendName;

const CHOICES: readonly unknown[] = ["auto", "relaxed", "simd", "js"] satisfies Choice[];

/** Makes a backend. Throws an Error if the engine refuses the one that was asked for. It begins with `caller`. */
export function select(options?: BackendOptions, caller = "createSoftmax"): SyncBackend {
  const { choice, module } = readOptions(options, caller);
  return find(choice, module, jsBackend(), caller);
}

/**
 * What `select()` gives, but found by the first call, or when its name is asked for: until then nothing is decoded or compiled.
 * `tell` hears of it, so that later calls need not come by here.
 */
export class LaterBackend implements SyncBackend {
  private found: SyncBackend | undefined;

  constructor(private readonly tell: (backend: SyncBackend) => void) {}

  get name(): BackendName {
    return this.backend.name;
  }

  run(
    operation: LaneOperation,
    x: FloatArray,
    out: FloatArray,
    layout: Layout,
    temperature: number,
    operands?: Operands,
  ): undefined {
    this.backend.run(operation, x, out, layout, temperature, operands);
  }

  map(operation: ElementOperation, x: FloatArray, y: FloatArray | undefined, out: FloatArray): undefined {
    this.backend.map(operation, x, y, out);
  }

  runPacked(
    operation: LaneOperation | ElementOperation,
    x: PackedElements,
    out: Uint16Array | Float32Array,
    length: number,
    temperature: number,
  ): boolean {
    return this.backend.runPacked?.(operation, x, out, length, temperature) ?? false;
  }

  top(x: FloatArray, layout: Layout, mask: Uint8Array | undefined, top: Top): undefined {
    this.backend.top(x, layout, mask, top);
  }

  above(x: FloatArray, limit: number, found: Found): void {
    this.backend.above(x, limit, found);
  }

  allocate(type: StoredType, length: number): Resident<StoredArray> {
    return this.backend.allocate(type, length);
  }

  private get backend(): SyncBackend {
    if (this.found === undefined) {
      this.found = find("auto", undefined, jsBackend(), "init");
      this.tell(this.found);
    }
    return this.found;
  }
}

/** Detects by constructing: `validate` does not show a policy that forbids compiling. */
function find(
  choice: Choice,
  module: WebAssembly.Module | undefined,
  js: SyncBackend,
  caller: string,
): SyncBackend {
  if (module !== undefined) {
    const backend = backendOf(module, js, caller);
    if (choice === "auto" || choice === backend.name) return backend;
    throw new RangeError(
      `${caller}: backend must be "${backend.name}", which module is, or "auto", got "${choice}"`,
    );
  }
  let refusal: unknown;
  for (const name of binariesFor(choice)) {
    try {
      return wasmBackend(compiled(name), js);
    } catch (error) {
      // No SIMD, no fused multiply-adds, a policy against compiling, or no address space for a memory.
      refusal = error;
    }
  }
  if (choice === "auto" || choice === "js") return js;
  throw new Error(`${caller}: backend "${choice}" is refused by this engine: ${String(refusal)}`, {
    cause: refusal,
  });
}

function backendOf(module: WebAssembly.Module, js: SyncBackend, caller: string): SyncBackend {
  try {
    return wasmBackend(module, js);
  } catch (cause) {
    // A module of something else.
    if (cause instanceof TypeError) throw new TypeError(`${caller}: ${cause.message}`, { cause });
    throw new Error(`${caller}: module is refused by this engine: ${String(cause)}`, { cause });
  }
}

/** Compiles what `select` is going to need, without blocking. Leaves a refusal for `select` to deal with. */
export async function precompile(options?: BackendOptions, caller = "init"): Promise<void> {
  const { choice, module } = readOptions(options, caller);
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

export function readOptions(
  options: BackendOptions = {},
  caller: string,
): { choice: Choice; module?: WebAssembly.Module } {
  const { backend: choice = "auto", module } = options;
  if (!CHOICES.includes(choice)) {
    const message = `${caller}: backend must be "auto", "relaxed", "simd" or "js", got ${describe(choice)}`;
    throw typeof choice === "string" ? new RangeError(message) : new TypeError(message);
  }
  // By its tag: a module may come from another realm.
  if (module !== undefined && Object.prototype.toString.call(module) !== "[object WebAssembly.Module]") {
    throw new TypeError(`${caller}: module must be a WebAssembly.Module, got ${describe(module)}`);
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
    const { exports } = new WebAssembly.Instance(compiled("probe"));
    return isFused(exports as unknown as Pick<Kernels, "isFused">);
  } catch {
    return false;
  }
}
