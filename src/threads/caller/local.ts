import type { SyncBackend } from "../../backend/backend.js";
import type { LinearMemory } from "../../backend/wasm/memory.js";
import type { FloatArray } from "../../types.js";

/** Computes on the calling thread. */
export interface LocalBackend extends SyncBackend {
  /** The backend that computes on these arrays. */
  of(x: FloatArray, y: FloatArray | undefined, out: FloatArray): SyncBackend;
}

/**
 * Computes on the calling thread: `inside` the shared memory where arrays live there, otherwise `apart` from it. Copies to
 * private memory are twice as fast (V8 copies shared memory word by word).
 */
export function localBackend(memory: LinearMemory, inside: SyncBackend, apart: SyncBackend): LocalBackend {
  const of = (x: FloatArray, y: FloatArray | undefined, out: FloatArray): SyncBackend => {
    return memory.holds(x) || memory.holds(out) || (y !== undefined && memory.holds(y)) ? inside : apart;
  };
  return {
    name: inside.name,
    of,
    run(operation, x, out, layout, temperature, operands) {
      return of(x, operands?.y, out).run(operation, x, out, layout, temperature, operands);
    },
    map: (operation, x, y, out) => of(x, y, out).map(operation, x, y, out),
    top: (x, layout, mask, top) => of(x, undefined, x).top(x, layout, mask, top),
    above: (x, limit, found) => of(x, undefined, x).above(x, limit, found),
    allocate: (type, length) => memory.allocate(type, length),
  };
}
