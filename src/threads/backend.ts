import type {
  Backend,
  Elementwise,
  FloatArray,
  Layout,
  Operands,
  Operation,
  SyncBackend,
} from "../backend/backend.js";
import type { Request } from "./request.js";
import type { Scheduler } from "./scheduler.js";

/** A backend that has the threads compute what is worth it, and promises the results. */
export function laterBackend(scheduler: Scheduler): Backend {
  const { local } = scheduler;
  return {
    name: local.name,
    run(operation, x, out, layout, temperature, operands) {
      const pending = scheduler.share(requestOf(operation, x, out, layout, temperature, operands));
      return pending ?? local.run(operation, x, out, layout, temperature, operands);
    },
    map(operation, x, y, out, plain) {
      return scheduler.share(elementsOf(operation, x, y, out)) ?? local.map(operation, x, y, out, plain);
    },
    allocate: (type, length) => scheduler.allocate(type, length),
  };
}

/** One that waits for the results, and computes with them meanwhile. */
export function nowBackend(scheduler: Scheduler): SyncBackend {
  const { local } = scheduler;
  return {
    name: local.name,
    run(operation, x, out, layout, temperature, operands) {
      if (scheduler.shareNow(requestOf(operation, x, out, layout, temperature, operands))) return undefined;
      return local.run(operation, x, out, layout, temperature, operands);
    },
    map(operation, x, y, out, plain) {
      if (scheduler.shareNow(elementsOf(operation, x, y, out))) return undefined;
      return local.map(operation, x, y, out, plain);
    },
    allocate: (type, length) => scheduler.allocate(type, length),
  };
}

function requestOf(
  operation: Operation,
  x: FloatArray,
  out: FloatArray,
  { outer, length, inner }: Layout,
  temperature: number,
  { y, lanes, mask, plainly = false }: Partial<Operands> = {},
): Request {
  const layout = { outer, length, inner };
  return { operation, isElementwise: false, x, out, layout, temperature, y, lanes, mask, plainly };
}

function elementsOf(
  operation: Elementwise,
  x: FloatArray,
  y: FloatArray | undefined,
  out: FloatArray,
): Request {
  const layout = { outer: x.length, length: 1, inner: 1 };
  return { operation, isElementwise: true, x, out, layout, temperature: 1, y, plainly: false };
}
