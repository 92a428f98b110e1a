import { type NodeModules, nodeModules } from "../shared/host.js";
import type { TrustedURL } from "./options.js";
import { workerFile } from "./workerFile.js";

export interface Thread {
  /** Structured clone; nothing is transferred. */
  post(message: unknown): void;
  /** Keeps the process, if there is one, from ending as long as the thread lives. Default after `spawn`. */
  ref(): void;
  unref(): void;
  /** Ends the thread. No event follows. Resolves when it has ended, as far as the host or its lock tells. */
  terminate(): Promise<void>;
  /** The name of a lock for the thread to hold. Undefined where the host tells of each death, or has no locks. */
  readonly lock: string | undefined;
  /** Once the thread holds the lock: notices its death by it. A browser that runs out of memory tells nobody. */
  watchLock(): void;
}

export interface ThreadEvents {
  message(data: unknown): void;
  /**
   * Comes once, after `spawn` has returned: the thread could not start, or has ended by itself. `isForbidden` if the host would
   * start none, whatever its file.
   */
  died(reason: string, isForbidden?: boolean): void;
}

type Location = URL | string | TrustedURL;
type Started = Omit<Thread, "lock" | "watchLock">;

/** Starts a worker of the file at `url`. Default: the package's own. */
export function spawn(events: ThreadEvents, url?: Location): Thread {
  let hasSpoken = false;
  let isOver = false;
  const heard: ThreadEvents = {
    message(data) {
      hasSpoken = true;
      if (!isOver) events.message(data);
    },
    died(reason, isForbidden) {
      if (isOver) return;
      isOver = true;
      if (hasSpoken) events.died(`a worker has ended: ${reason}`);
      else events.died(isForbidden ? reason : notStarted(reason, url), isForbidden);
    },
  };
  const modules = nodeModules();
  const locks = modules ? undefined : globalThis.navigator?.locks;
  const lock = locks && `softmax-wasm ${Math.random()}`;
  /** A browser's `terminate` lets the thread run on until its event loop has a turn. */
  let hasEnded: Promise<unknown> | undefined;
  const watchLock = () => {
    hasEnded = locks?.request(lock as string, () => heard.died("the browser has ended it")).catch(() => {});
  };
  let thread: Started;
  try {
    thread = modules ? spawnInNode(modules, heard, url) : spawnInBrowser(heard, url);
  } catch (error) {
    // A URL of another origin, or a policy that allows no workers.
    const ban = whyForbidden(error);
    queueMicrotask(() => heard.died(ban ?? describeRefusal(error), ban !== undefined));
    thread = { post() {}, ref() {}, unref() {}, terminate: async () => {} };
  }
  const terminate = async () => {
    isOver = true;
    await thread.terminate();
    await hasEnded;
  };
  return { ...thread, terminate, lock, watchLock };
}

function notStarted(reason: string, url: Location | undefined): string {
  if (url !== undefined) return `the worker ${url} could not be started: ${reason}`;
  const remedy = nodeModules()
    ? "if the package is in a bundle, keep it out (serverExternalPackages of Next, externals of webpack and Rspack, " +
      "ssr.external of Vite, --external:softmax-wasm of esbuild), or pass the path"
    : "if it was not found, pass the URL";
  return `worker.js of this package could not be started: ${reason}; ${remedy} of "softmax-wasm/worker.js" as option worker`;
}

/** Why the host starts no worker of any file of the site. Undefined if it was for this file. */
function whyForbidden(error?: unknown): string | undefined {
  if ((error as { code?: unknown } | undefined)?.code === "ERR_ACCESS_DENIED") {
    return "Node's permission model forbids them; --allow-worker allows them";
  }
  // A sandboxed frame. Its own files are of another origin.
  if (globalThis.origin === "null") {
    return "this frame has no origin, so it may not load the worker; its sandbox needs allow-same-origin";
  }
  return undefined;
}

function describeRefusal(error: unknown): string {
  // As Chromium and Firefox say it.
  return error instanceof TypeError && /TrustedScriptURL|blocked by CSP/.test(error.message)
    ? `this page requires trusted types, so option worker must be a TrustedScriptURL (${error.message})`
    : String(error);
}

function spawnInNode(
  modules: NodeModules,
  { message, died }: ThreadEvents,
  url: Location | undefined,
): Started {
  const { Worker } = modules("node:worker_threads");
  // A path: bundlers for browsers would copy the file of a URL a second time.
  const file = String(url ?? workerFile(modules));
  // Node takes objects as URLs and strings as paths.
  const location = /^(file|data):/.test(file) ? new URL(file) : file;
  // Without the parent's flags, as loaders (tsx) slow the start down. Yarn's PnP is one that finds the file.
  const execArgv = "pnp" in modules("node:process").versions ? undefined : [];
  const worker = new Worker(location, { execArgv, name: "softmax-wasm" });
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

function spawnInBrowser({ message, died }: ThreadEvents, url: Location | undefined): Started {
  // Bundlers find the worker's file by the first of these expressions, if it is written exactly so.
  const worker =
    url === undefined
      ? new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "softmax-wasm" })
      : new Worker(url as string, { type: "module", name: "softmax-wasm" });
  let ban = whyForbidden();
  // A violation is told later, but before the error of the worker.
  const noteViolation = ({ effectiveDirective }: SecurityPolicyViolationEvent) => {
    if (effectiveDirective === "worker-src") ban = "a content security policy (worker-src) forbids them";
  };
  globalThis.addEventListener?.("securitypolicyviolation", noteViolation);
  const stopNoting = () => globalThis.removeEventListener?.("securitypolicyviolation", noteViolation);
  worker.addEventListener("message", ({ data }) => {
    stopNoting();
    message(data);
  });
  worker.addEventListener("messageerror", () => died("a message could not be read"));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    stopNoting();
    // It lives on after an error.
    worker.terminate();
    if (event.message) died(event.message);
    else died(ban ?? "its file was not found", ban !== undefined);
  });
  return {
    post: (data) => worker.postMessage(data),
    ref() {},
    unref() {},
    terminate: async () => {
      stopNoting();
      worker.terminate();
    },
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
