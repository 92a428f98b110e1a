import type { Span } from "../../backend/wasm/memory.js";

/** What a worker needs to start. */
export interface Start {
  readonly thread: number;
  /** Whether it takes no tasks while the calling thread is at work. */
  readonly yieldsToCaller: boolean;
  /** The kernels; without them the worker computes in TypeScript. */
  readonly module: WebAssembly.Module | undefined;
  readonly memory: WebAssembly.Memory;
  /** What of the memory is the worker's own. */
  readonly span: Span;
  readonly queue: { readonly offset: number; readonly slots: number };
}

/** Each is announced on the queue: a worker goes on when it has received as many. */
export type ToWorker =
  | { readonly start: Start }
  | { readonly id: number; readonly buffer: ArrayBufferLike }
  | { readonly drop: number };

export type FromWorker = "ready" | "finished";
