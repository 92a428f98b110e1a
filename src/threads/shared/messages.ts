import type { Span } from "../../backend/wasm/memory.js";
import type { QueuePlace } from "./queue.js";

/** What a worker needs to start. */
export interface Start {
  readonly thread: number;
  /** Whether it takes no tasks while the calling thread is at work. */
  readonly yieldsToCaller: boolean;
  /** The kernels. Without them the worker computes in TypeScript. */
  readonly module: WebAssembly.Module | undefined;
  readonly memory: WebAssembly.Memory;
  /** The worker's own part of the memory. */
  readonly span: Span;
  readonly queue: QueuePlace;
}

/** The queue announces each message: a worker takes tasks only when it has received as many as were announced. */
export type ToWorker =
  | { readonly start: Start }
  | { readonly id: number; readonly buffer: ArrayBufferLike }
  | { readonly drop: number };

export type FromWorker = "ready" | "finished";
