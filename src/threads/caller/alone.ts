import type { SyncBackend } from "../../backend/backend.js";
import { select } from "../../backend/select.js";
import { makePool, type Pool } from "./make.js";
import type { PoolOptions } from "./options.js";

/** Marks the process as warned. The package may be loaded more than once: as CommonJS, as ES modules, in bundles. */
const WARNED = Symbol.for("softmax-wasm: no threads");

/**
 * A pool without threads: the calling thread computes. A warning says why, once in a process.
 *
 * @throws Error if the engine refuses the backend that was asked for.
 */
export function poolAlone(
  reason: string,
  { backend }: PoolOptions,
  local: SyncBackend = select({ backend }, "createPool"),
): Pool {
  warn(`softmax-wasm: no threads, the calling thread computes: ${reason}`);
  let isClosed = false;
  return makePool({
    threads: 0,
    local,
    async: local,
    sync: local,
    check() {
      if (isClosed) throw new Error("the pool is closed");
    },
    async close() {
      isClosed = true;
    },
  });
}

function warn(text: string): void {
  const host = globalThis as { [WARNED]?: true; console?: Partial<Console> };
  if (host[WARNED]) return;
  // Does nothing where the global object is frozen.
  Reflect.defineProperty(host, WARNED, { value: true });
  // Some hosts have no console.
  host.console?.warn?.(text);
}
