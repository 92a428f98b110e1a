import type { Backend, SyncBackend } from "../../backend/backend.js";
import { type Pending, whenDone } from "../../maybePromise.js";
import type { FloatArray } from "../../types.js";
import { TOP } from "../shared/job.js";
import { readPairs } from "../shared/pairs.js";
import type { Request } from "./request.js";
import type { Scheduler } from "./scheduler.js";

/** Promises results. Threads compute calls of some size. */
export function asyncBackend(scheduler: Scheduler): Backend {
  return backendOf(scheduler, (request) => scheduler.share(request));
}

/** Waits for results. Threads compute calls of some size, and so does the calling thread meanwhile. */
export function syncBackend(scheduler: Scheduler): SyncBackend {
  return backendOf(scheduler, (request) => scheduler.shareSync(request));
}

/** Shares what `share` does not leave, by false, to the calling thread. */
function backendOf<P extends Pending>(
  { local, limits }: Scheduler,
  share: (request: Request) => P | false,
): Backend<P | undefined> {
  // Asked first, as it is cheap. Such a call then goes straight to its backend (a call in between costs 5 ns of 250).
  const isSmall = (x: FloatArray): boolean => x.length * x.BYTES_PER_ELEMENT < limits.shared;
  return {
    name: local.name,
    run(operation, x, out, layout, temperature, operands) {
      if (isSmall(x)) {
        return local.of(x, operands?.y, out).run(operation, x, out, layout, temperature, operands);
      }
      const pending = share({ operation, x, out, layout, temperature, ...operands });
      return pending === false ? local.run(operation, x, out, layout, temperature, operands) : pending;
    },
    map(operation, x, y, out) {
      if (isSmall(x)) return local.of(x, y, out).map(operation, x, y, out);
      const layout = { outer: x.length, length: 1, inner: 1 };
      const pending = share({ operation, x, out, layout, temperature: 1, y });
      return pending === false ? local.map(operation, x, y, out) : pending;
    },
    top(x, layout, mask, result) {
      if (isSmall(x)) return local.top(x, layout, mask, result);
      const pairs = new Float64Array(2 * result.indices.length);
      const { k: count } = result;
      const pending = share({ operation: TOP, x, out: pairs, layout, temperature: 1, mask, count });
      if (pending === false) return local.top(x, layout, mask, result);
      return whenDone(pending, () => readPairs(pairs, layout, result)) as P;
    },
    allocate: local.allocate,
  };
}
