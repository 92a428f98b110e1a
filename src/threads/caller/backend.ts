import type { Backend, ElementOperation, LaneOperation, SyncBackend } from "../../backend/backend.js";
import type { LinearMemory } from "../../backend/wasm/memory.js";
import type { FloatArray, Layout, Operands } from "../../types.js";
import { SHARED_FROM } from "./prepare.js";
import type { Request } from "./request.js";
import type { Scheduler } from "./scheduler.js";

/**
 * Computes on the calling thread: `inside` the shared memory where arrays live there, otherwise `apart` from it, as copies to
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

/** A backend that has the threads compute what is worth it, and promises the results. */
export function laterBackend(scheduler: Scheduler): Backend {
  const { local } = scheduler;
  return {
    name: local.name,
    run(operation, x, out, layout, temperature, operands) {
      if (isSmall(x)) return local.run(operation, x, out, layout, temperature, operands);
      const pending = scheduler.share(requestOf(operation, x, out, layout, temperature, operands));
      return pending ?? local.run(operation, x, out, layout, temperature, operands);
    },
    map(operation, x, y, out) {
      if (isSmall(x)) return local.map(operation, x, y, out);
      return scheduler.share(elementsOf(operation, x, y, out)) ?? local.map(operation, x, y, out);
    },
    allocate: local.allocate,
  };
}

/** One that waits for the results, and computes with them meanwhile. */
export function nowBackend(scheduler: Scheduler): SyncBackend {
  const { local } = scheduler;
  return {
    name: local.name,
    run(operation, x, out, layout, temperature, operands) {
      const isDone =
        !isSmall(x) && scheduler.shareNow(requestOf(operation, x, out, layout, temperature, operands));
      if (isDone) return undefined;
      return local.run(operation, x, out, layout, temperature, operands);
    },
    map(operation, x, y, out) {
      if (!isSmall(x) && scheduler.shareNow(elementsOf(operation, x, y, out))) return undefined;
      return local.map(operation, x, y, out);
    },
    allocate: local.allocate,
  };
}

/** Whether it is certainly for the calling thread: asked first, as it is cheap. */
function isSmall(x: FloatArray): boolean {
  return x.length * x.BYTES_PER_ELEMENT < SHARED_FROM.shared;
}

function requestOf(
  operation: LaneOperation,
  x: FloatArray,
  out: FloatArray,
  { outer, length, inner }: Layout,
  temperature: number,
  { y, numbers, mask, js = false }: Operands = {},
): Request {
  const layout = { outer, length, inner };
  return { operation, isElementwise: false, x, out, layout, temperature, y, numbers, mask, js };
}

function elementsOf(
  operation: ElementOperation,
  x: FloatArray,
  y: FloatArray | undefined,
  out: FloatArray,
): Request {
  const layout = { outer: x.length, length: 1, inner: 1 };
  return { operation, isElementwise: true, x, out, layout, temperature: 1, y, js: false };
}
