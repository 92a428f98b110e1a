import { nodeModules } from "../shared/host.js";

export interface Thread {
  /** Structured clone; nothing is transferred. */
  post(message: unknown): void;
  /** Keeps the process, if there is one, from ending as long as the thread lives. Default after `spawn`. */
  ref(): void;
  unref(): void;
  /** Ends the thread. No event follows. */
  terminate(): Promise<void>;
}

export interface ThreadEvents {
  message(data: unknown): void;
  /** Comes once, after `spawn` has returned: the thread could not start, or has ended by itself. */
  died(reason: string): void;
}

/** Starts a worker of the file at `url`. Default: worker.js where the package or the bundler has put it, beside this file. */
export function spawn(events: ThreadEvents, url?: URL | string): Thread {
  let hasSpoken = false;
  let isOver = false;
  const heard: ThreadEvents = {
    message(data) {
      hasSpoken = true;
      if (!isOver) events.message(data);
    },
    died(reason) {
      if (isOver) return;
      isOver = true;
      events.died(hasSpoken ? `a worker has ended: ${reason}` : notStarted(url, reason));
    },
  };
  try {
    const threads = nodeModules()?.("node:worker_threads");
    const thread = threads ? spawnInNode(threads, heard, url) : spawnInBrowser(heard, url);
    const terminate = () => {
      isOver = true;
      return thread.terminate();
    };
    return { ...thread, terminate };
  } catch (error) {
    // A URL of another origin, or a policy that allows no workers.
    queueMicrotask(() => heard.died(String(error)));
    return { post() {}, ref() {}, unref() {}, terminate: async () => {} };
  }
}

function notStarted(url: URL | string | undefined, reason: string): string {
  const file = url === undefined ? "worker.js of this package" : `the worker ${url}`;
  const remedy =
    url === undefined
      ? '; if it was not found, pass the URL of "softmax-wasm/worker.js", where it is served, as option worker'
      : "";
  return `${file} could not be started: ${reason}${remedy}`;
}

function spawnInNode(
  { Worker }: typeof import("node:worker_threads"),
  { message, died }: ThreadEvents,
  url?: URL | string,
): Thread {
  // A path: bundlers for browsers would copy the file of a URL a second time.
  const file = String(url ?? `${import.meta.dirname ?? "."}/worker.js`);
  // Node takes objects as URLs and strings as paths. Without the parent's flags, as loaders (tsx) slow the start down.
  const location = /^(file|data):/.test(file) ? new URL(file) : file;
  const worker = new Worker(location, { execArgv: [], name: "softmax-wasm" });
  worker.on("message", message);
  worker.on("messageerror", (error) => died(String(error)));
  worker.on("error", (error) => died(String(error)));
  worker.on("exit", (code) => died(`exit code ${code}`));
  return {
    post: (data) => worker.postMessage(data),
    ref: () => worker.ref(),
    unref: () => worker.unref(),
    terminate: async () => {
      await worker.terminate();
    },
  };
}

function spawnInBrowser({ message, died }: ThreadEvents, url?: URL | string): Thread {
  // Bundlers find the worker's file by the first of these expressions, if it is written exactly so.
  const worker =
    url === undefined
      ? new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "softmax-wasm" })
      : new Worker(url, { type: "module", name: "softmax-wasm" });
  worker.addEventListener("message", ({ data }) => message(data));
  worker.addEventListener("messageerror", () => died("a message could not be read"));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    // It lives on after an error. An error without a message is a file that is missing, or that a policy forbids.
    worker.terminate();
    died(event.message || "its file was not found, or a content security policy (worker-src) forbids it");
  });
  return {
    post: (data) => worker.postMessage(data),
    ref() {},
    unref() {},
    terminate: async () => worker.terminate(),
  };
}

/** How many threads this process may run at the same time. */
export function defaultThreads(): number {
  return nodeModules()?.("node:os").availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

/** Why there can be no threads on one memory here, in words. Undefined if there can. */
export function whyNoThreads(): string | undefined {
  // Without it browsers have no SharedArrayBuffer, and refuse to pass shared memories on.
  if (globalThis.crossOriginIsolated === false) {
    return (
      "this page is not cross-origin isolated, so it may not share memory; serve it with the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"
    );
  }
  if (typeof SharedArrayBuffer === "undefined") return "there is no SharedArrayBuffer";
  if (nodeModules() === undefined && typeof Worker === "undefined") {
    return "there is no Worker, and no process.getBuiltinModule (Node has it from 20.16 on)";
  }
  return undefined;
}
