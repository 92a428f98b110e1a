import type { Backend, SyncBackend } from "../../backend/backend.js";
import { ASYNC_DISPOSE, type AsyncDisposal } from "../../disposal.js";
import {
  type AsyncFunctions,
  asyncFunctionsOn,
  type Functions,
  functionsOn,
  type Hold,
  type Instance,
  memoryOn,
} from "../../functions/instance.js";
import type { BackendName } from "../../types.js";

/**
 * The functions of the package, computed by several threads on one shared memory.
 *
 * Each returns a promise. It fulfils with the same bits as the function gives on the same backend without a pool (except the
 * bits of a NaN), whatever the number of threads, and rejects with what that function would throw. Until it settles, the
 * arrays of the call belong to the pool: do not write them. `free()` of one throws an Error meanwhile, and a call of which one is
 * transferred rejects with a TypeError.
 *
 * The calling thread alone computes what is small, and the Jacobians and the Hessian.
 */
export interface Pool extends AsyncFunctions, AsyncDisposal {
  /** The backend that was found. */
  readonly backend: BackendName;
  /** How many workers there are. 0 where there can be none: then the calling thread computes everything. */
  readonly threads: number;
  /**
   * The functions that return their results at once. The calling thread computes with the workers and waits for them. Where it
   * may not wait, as in a browser's window, it computes alone.
   */
  readonly sync: Functions;
  /** The accumulator of `createSoftmax`, on the calling thread. */
  readonly LogSumExp: Instance["LogSumExp"];
  /** The sampler of `createSoftmax`, on the calling thread. */
  readonly sampler: Instance["sampler"];
  /**
   * Makes an array in the shared memory: no thread copies it. Its view stays valid until it is freed, unless `threads` is 0.
   */
  readonly allocate: Instance["allocate"];
  /**
   * Ends the workers when the pending calls have ended. Later calls reject with an Error. May be called again. An
   * `await using` block calls it at its end.
   */
  close(): Promise<void>;
}

/** What a pool is made of. */
export interface PoolParts {
  readonly threads: number;
  readonly local: SyncBackend;
  readonly async: Backend;
  readonly sync: SyncBackend;
  /** Throws if the pool is closed. */
  check(): void;
  close(): Promise<void>;
  /** Default: nothing is held. */
  readonly hold?: Hold;
}

export function makePool({ threads, local, async, sync, check, close, hold }: PoolParts): Pool {
  const open =
    <B>(backend: B) =>
    (): B => {
      check();
      return backend;
    };
  return {
    ...asyncFunctionsOn(open(async), hold),
    sync: functionsOn(open(sync)),
    backend: local.name,
    threads,
    ...memoryOn(open(local)),
    close,
    [ASYNC_DISPOSE]: close,
  };
}
