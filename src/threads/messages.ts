import type { Block } from "../memory.js";

/** What a worker needs to start. */
export interface Start {
  readonly thread: number;
  /** Whether it takes no blocks while the calling thread is at work. */
  readonly givesWay: boolean;
  /** The kernels; without them the worker computes in TypeScript. */
  readonly module: WebAssembly.Module | undefined;
  readonly memory: WebAssembly.Memory;
  /** What of the memory is the worker's own. */
  readonly span: Block;
  readonly board: { readonly offset: number; readonly slots: number };
}

/** Each is announced on the board: a worker goes on when it has received as many. */
export type ToWorker =
  | { readonly start: Start }
  | { readonly id: number; readonly buffer: ArrayBufferLike }
  | { readonly drop: number };

export type FromWorker = "ready" | "finished";
