import { nodeModules } from "../shared/host.js";

/** What a memory reserves, at most: 32-bit addresses, with the guard regions of V8. */
const MEMORY_BYTES = 10 * 2 ** 30;

/** What a thread reserves (measured: 0.6 GiB on Node 24, 0.7 on 20, 0.85 on 26). */
const THREAD_BYTES = 2 ** 30;

/**
 * Why there is no address space for so many threads. Undefined if there is, or if nobody knows. Asked first, as V8 ends the
 * process when a thread finds none ("Failed to reserve virtual memory for CodeRange").
 */
export function whyNoAddressSpace(threads: number): string | undefined {
  const limit = readLimit();
  // The shared memory, and a private one of the calling thread.
  const wanted = 2 * MEMORY_BYTES + threads * THREAD_BYTES;
  if (limit === undefined || limit.bytes - limit.used >= wanted) return undefined;
  const gibibytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 30)} GiB`;
  return (
    `this process may use ${gibibytes(limit.bytes)} of address space (ulimit -v); ` +
    `${threads} threads need ${gibibytes(limit.used + wanted)}`
  );
}

/** What Linux lets this process reserve, and what it has. Undefined without a limit. */
function readLimit(): { bytes: number; used: number } | undefined {
  const modules = nodeModules();
  // Deno would ask its user whether these files may be read.
  if (modules === undefined || "deno" in modules("node:process").versions) return undefined;
  try {
    const { readFileSync } = modules("node:fs");
    const bytes = /^Max address space +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    if (bytes === null) return undefined;
    const used = /^VmSize:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"));
    return { bytes: Number(bytes[1]), used: 1024 * Number(used?.[1] ?? 0) };
  } catch {
    // Another system, or one that does not tell.
    return undefined;
  }
}
