import { version } from "../../../package.json";
import type { Span } from "../../backend/wasm/memory.js";
import type { QueuePlace } from "./queue.js";

/** Threads of different versions of the package do not understand each other. */
export const VERSION: string = version;

/** What a worker needs to start. */
export interface Start {
  /** The version of the calling thread. */
  readonly version: string;
  /** The name of a lock that the worker holds as long as it lives, where the host has locks. */
  readonly lock: string | undefined;
  readonly thread: number;
  /** How many messages were announced to the thread, this one included. */
  readonly announced: number;
  /** Whether it takes no tasks while the calling thread is at work. */
  readonly yieldsToCaller: boolean;
  /** How long it waits for the next call before it sleeps, in ms, while calls follow each other. */
  readonly blocktime: number;
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

/** The first message is "locked" or "ready". */
export type FromWorker = "locked" | "ready" | "finished";
