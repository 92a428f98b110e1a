import { checkNames } from "../../arguments/optionNames.js";
import type { BackendOptions } from "../../backend/select.js";
import { describe } from "../../describe.js";
import { MOST_THREADS } from "../shared/signals.js";

/** A URL that the page's policy of trusted types has made: a string in the place of it would be refused. */
export interface TrustedURL {
  toJSON(): string;
}

/** The options of `createPool`. */
export interface PoolOptions {
  /** How many workers to start, from 1 to 64. Default: as many threads as this machine runs at the same time. */
  threads?: number | undefined;
  /** Which backend computes, as for createSoftmax. Default: "auto", the first of relaxed, simd and js that the engine takes. */
  backend?: BackendOptions["backend"] | undefined;
  /**
   * Where the file "softmax-wasm/worker.js" is: a URL, a TrustedScriptURL, or in Node a path. Default: beside this module, where
   * the package has it and bundlers for browsers put it; in a bundle for Node, where the package is installed.
   */
  worker?: string | { readonly href: string } | TrustedURL | undefined;
  /**
   * How long a worker that is done stays awake for the next call before it sleeps, in milliseconds, from 0 to 1000: what
   * KMP_BLOCKTIME is in OpenMP. To wake it costs a call 50 to 80 µs; awake it uses its core. It stays awake only while calls
   * follow each other, that is, if the call before also came within this time. 0, as OMP_WAIT_POLICY=passive: never.
   * Default: 0.2.
   */
  blocktime?: number | undefined;
}

/** The options, checked. */
export interface PoolSettings {
  readonly threads: number | undefined;
  readonly worker: string | TrustedURL | undefined;
  readonly blocktime: number;
}

/** Enough for calls that follow each other at once, at the least cost beside other work: see docs/threads.md. */
const BLOCKTIME = 0.2;
const MOST_BLOCKTIME = 1000;

/** Throws as `createPool` rejects. */
export function readPoolOptions(options: unknown): PoolSettings {
  checkNames("createPool", options, ["threads", "backend", "worker", "blocktime"]);
  const { threads, worker, blocktime = BLOCKTIME } = options as { [name: string]: unknown };
  if (threads !== undefined) {
    if (typeof threads !== "number") {
      throw new TypeError(`createPool: threads must be a number, got ${describe(threads)}`);
    }
    if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
      throw new RangeError(
        `createPool: threads must be an integer from 1 to ${MOST_THREADS}, got ${threads}`,
      );
    }
  }
  if (typeof blocktime !== "number") {
    throw new TypeError(`createPool: blocktime must be a number, got ${describe(blocktime)}`);
  }
  if (!(blocktime >= 0 && blocktime <= MOST_BLOCKTIME)) {
    throw new RangeError(
      `createPool: blocktime must be from 0 to ${MOST_BLOCKTIME} milliseconds, got ${blocktime}`,
    );
  }
  return { threads, worker: readWorker(worker), blocktime };
}

function readWorker(worker: unknown): PoolSettings["worker"] {
  // By its tag: it may come from another realm.
  if (Object.prototype.toString.call(worker) === "[object TrustedScriptURL]") return worker as TrustedURL;
  const url = (worker as { readonly href?: unknown } | null | undefined)?.href ?? worker;
  if (url !== undefined && typeof url !== "string") {
    throw new TypeError(`createPool: worker must be a URL or a string, got ${describe(worker)}`);
  }
  return url;
}
