import type { SyncBackend } from "../../backend/backend.js";
import type { LinearMemory } from "../../backend/wasm/memory.js";
import type { FloatArray } from "../../types.js";

/**
 * Computes on the calling thread: `inside` the shared memory where arrays live there, otherwise `apart` from it. Copies to
 * private memory are twice as fast (V8 copies shared memory word by word).
 */
export function localBackend(memory: LinearMemory, inside: SyncBackend, apart: SyncBackend): SyncBackend {
  const isInside = (x: FloatArray, y: FloatArray | undefined, out: FloatArray): boolean =>
    memory.hasResidents && (memory.holds(x) || memory.holds(out) || (y !== undefined && memory.holds(y)));
  return {
    name: inside.name,
    run(operation, x, out, layout, temperature, operands) {
      const backend = isInside(x, operands?.y, out) ? inside : apart;
      return backend.run(operation, x, out, layout, temperature, operands);
    },
    map: (operation, x, y, out) => (isInside(x, y, out) ? inside : apart).map(operation, x, y, out),
    allocate: (type, length) => memory.allocate(type, length),
  };
}
