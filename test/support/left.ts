import { existsSync, readdirSync, readFileSync } from "node:fs";
import { queryObjects } from "node:v8";

/** What a process holds, after a collection. */
export interface Left {
  /** Resident bytes, of which malloc may hold some that nobody uses. */
  readonly rss: number;
  /** Bytes of JavaScript objects. */
  readonly heap: number;
  /** Bytes of buffers and private memories. */
  readonly external: number;
  /** Workers, ports, timers and the like. */
  readonly handles: number;
  /** Open files. 0 where there is no /proc. */
  readonly files: number;
  /** Bytes of address space. 0 where there is no /proc. */
  readonly addresses: number;
}

/** Requires `--expose-gc`. */
export function leftNow(): Left {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("run with --expose-gc");
  // What the first finds unreachable through weak references is collected by the second.
  gc();
  gc();
  const { rss, heapUsed: heap, external } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  if (!existsSync("/proc/self/status")) return { rss, heap, external, handles, files: 0, addresses: 0 };
  const files = readdirSync("/proc/self/fd").length;
  const kibibytes = /VmSize:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return { rss, heap, external, handles, files, addresses: 1024 * Number(kibibytes) };
}

/** How many objects can be reached, functions among them. Node has the query from 20.13 on. */
export function countObjects(): number {
  return queryObjects(Object as unknown as { new (): object }, { format: "count" });
}
