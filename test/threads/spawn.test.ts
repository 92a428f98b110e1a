import { describe, expect, test } from "vitest";
import { defaultThreads, spawn, type Thread, whyNoThreads } from "../../src/threads/caller/spawn.js";

/** A worker that answers, with a port as that of the package's workers. */
const echo = inline(`
  const { process } = globalThis;
  const port = process?.getBuiltinModule?.("node:worker_threads").parentPort;
  const answer = (data) => {
    if (data === "fail") throw new Error("failed on request");
    if (data.memory) Atomics.add(new Int32Array(data.memory.buffer), 0, data.add);
    (port ?? self).postMessage(data.memory ? WebAssembly.Module.exports(data.module).length : data);
  };
  if (port) port.on("message", answer);
  else addEventListener("message", ({ data }) => answer(data));
`);

describe("spawn", () => {
  test("a thread answers, and shares memory and modules", async () => {
    const { thread, next } = start(echo);
    thread.post("hello");
    expect(await next()).toBe("hello");
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    thread.post({ memory, module, add: 3 });
    expect(await next()).toBe(0);
    expect(new Int32Array(memory.buffer)[0]).toBe(3);
    await thread.terminate();
  });

  test("a thread that fails has died, once", async () => {
    const { thread, next, events } = start(echo);
    thread.post("hello");
    await next();
    thread.post("fail");
    expect(await next()).toMatch(/^died: a worker has ended: .*failed on request/);
    await thread.terminate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events.length).toBe(2);
  });

  test("a thread that is terminated has not died", async () => {
    const { thread, next, events } = start(echo);
    thread.post("hello");
    await next();
    await thread.terminate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(events).toEqual(["hello"]);
  });

  test("a file that is not there is named", async () => {
    const { next } = start(new URL("./nothing.js", import.meta.url));
    expect(await next()).toMatch(/^died: the worker \w+:.*\/nothing\.js could not be started: ./);
  });

  test("a worker that the host refuses has died, later", async () => {
    const { next, events } = start("data:invalid,");
    expect(events).toEqual([]);
    expect(await next()).toMatch(/^died: the worker data:invalid, could not be started: ./);
  });
});

test("there can be threads here, one at least", () => {
  expect(whyNoThreads()).toBeUndefined();
  expect(defaultThreads()).toBeGreaterThanOrEqual(1);
  expect(Number.isInteger(defaultThreads())).toBe(true);
});

test.each([
  [
    { crossOriginIsolated: false },
    /not cross-origin isolated.*Opener-Policy: same-origin .*Embedder-Policy: req/,
  ],
  [{ SharedArrayBuffer: undefined }, /^there is no SharedArrayBuffer$/],
  [{ process: undefined, Worker: undefined }, /^there is no Worker, and no process\.getBuiltinModule/],
])("whyNoThreads says what is missing: %o", (globals, expected) => {
  const before = Object.entries(globals).map(
    ([name]) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { configurable: true, value });
  }
  const reason = whyNoThreads();
  for (const [name, descriptor] of before) {
    if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    else Reflect.deleteProperty(globalThis, name);
  }
  expect(reason).toMatch(expected);
});

/** Browsers give workers of a data: URL another origin. They share memory all the same. */
function inline(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

function start(url: URL | string): { thread: Thread; next(): Promise<unknown>; events: unknown[] } {
  const events: unknown[] = [];
  let wake = () => {};
  let read = 0;
  const heard = (event: unknown) => {
    events.push(event);
    wake();
  };
  const thread = spawn({ message: heard, died: (reason) => heard(`died: ${reason}`) }, url);
  const next = async () => {
    while (events.length === read) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return events[read++];
  };
  return { thread, next, events };
}
